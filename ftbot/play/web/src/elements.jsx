// What is clicked or chosen in a message, a modal or the Home tab; what asks again does so in a window of its own.
import { useEffect, useRef, useState } from "react";
import { Unknown } from "./unknown.jsx";

export function Elements({ elements, on }) {
  return <div className="elements">{elements.map((element, index) => <Element key={index} element={element} on={on} />)}</div>;
}

function Element({ element, on }) {
  if (element.type === "button") return <Button element={element} on={on} />;
  if (element.type === "static_select" || element.type === "overflow") return <Choice element={element} on={on} />;
  return <Unknown block={element} what="control" />;
}

function Button({ element, on }) {
  const [busy, setBusy] = useState(false), [asking, setAsking] = useState(false);
  const go = async () => {
    setAsking(false);
    setBusy(true);
    await on.click(element);
    setBusy(false);
  };
  if (element.url) return <a className="button" href={element.url} rel="noreferrer">{element.text.text}</a>;
  return <>
    <button type="button" className={element.style ?? ""} aria-label={element.accessibility_label} aria-busy={busy}
      onClick={() => (busy ? null : element.confirm ? setAsking(true) : go())}>{element.text.text}</button>
    {asking && <Confirm confirm={element.confirm} yes={go} no={() => setAsking(false)} />}
  </>;
}

function Confirm({ confirm, yes, no }) {
  const dialog = useRef(null);
  useEffect(() => { dialog.current.showModal(); }, []);
  return <dialog ref={dialog} className="confirm" aria-label={confirm.title.text} onCancel={(event) => { event.preventDefault(); no(); }}>
    <h2>{confirm.title.text}</h2>
    <p>{confirm.text.text}</p>
    <div className="elements">
      <button type="button" onClick={no}>{confirm.deny?.text ?? "Cancel"}</button>
      <button type="button" className="primary" onClick={yes}>{confirm.confirm.text}</button>
    </div>
  </dialog>;
}

function Choice({ element, on }) {
  const label = element.placeholder?.text ?? element.accessibility_label ?? "Choose";
  return <select aria-label={label} value={element.initial_option?.value ?? ""} onChange={(event) => on.choose(element, event.target.value)}>
    {!element.initial_option && <option value="" disabled>{label}</option>}
    {(element.options ?? element.option_groups.flatMap((group) => group.options)).map((option) =>
      <option key={option.value} value={option.value}>{option.text.text}</option>)}
  </select>;
}
