// What this page does not draw is shown as such, whole, and never dropped.
export function Unknown({ block, what = "block" }) {
  return <details className="unknown">
    <summary>A {what} of type “{block.type}”, which this page does not draw</summary>
    <pre tabIndex={0}>{JSON.stringify(block, null, 1)}</pre>
  </details>;
}
