// data_visualization: lines, areas or bars as SVG, with the same figures as a table for whoever does not see it.
const WIDTH = 480, HEIGHT = 160, LEFT = 44, BOTTOM = 34, TOP = 8;
const COLOURS = ["var(--one)", "var(--two)", "var(--three)", "var(--four)"];

export function Chart({ block }) {
  const { type, series = [], segments = [], axis_config: axes = {} } = block.chart;
  if (!["line", "area", "bar"].includes(type)) return <Figures title={block.title} rows={segments.map((one) => [one.label, one.value])} />;
  const names = axes.categories ?? series[0].data.map((one) => one.label);
  const values = series.flatMap((one) => one.data.map((point) => point.value));
  const low = type === "bar" ? Math.min(0, ...values) : Math.min(...values), high = Math.max(...values, low + 1e-9);
  const step = (WIDTH - LEFT) / names.length;
  const x = (index) => LEFT + step * (index + 0.5);
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low));
  const every = Math.ceil(names.length / 6);
  return <figure className="chart">
    <figcaption>{block.title}</figcaption>
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${block.title}; the figures follow as a table`}>
      {[low, (low + high) / 2, high].map((value) => <g key={value}>
        <line className="grid" x1={LEFT} x2={WIDTH} y1={y(value)} y2={y(value)} />
        <text x={LEFT - 6} y={y(value) + 4} textAnchor="end">{short(value)}</text>
      </g>)}
      {names.map((name, index) => index % every === 0 &&
        <text key={name} x={x(index)} y={HEIGHT - BOTTOM + 14} textAnchor="middle">{name.slice(0, 14)}</text>)}
      <text x={(LEFT + WIDTH) / 2} y={HEIGHT - 4} textAnchor="middle">{axes.x_label}{axes.y_label ? ` (${axes.y_label})` : ""}</text>
      {series.map((one, row) => type === "bar"
        ? one.data.map((point, index) => <rect key={index} fill={COLOURS[row % 4]} width={(step * 0.6) / series.length}
            x={x(index) - step * 0.3 + (row * step * 0.6) / series.length}
            y={Math.min(y(0), y(point.value))} height={Math.max(1, Math.abs(y(point.value) - y(0)))} />)
        : <polyline key={row} fill="none" stroke={COLOURS[row % 4]} strokeWidth="2"
            points={one.data.map((point, index) => `${x(index)},${y(point.value)}`).join(" ")} />)}
    </svg>
    <details><summary>The figures</summary><Figures title={block.title} head={["", ...series.map((one) => one.name)]}
      rows={names.map((name, index) => [name, ...series.map((one) => short(one.data[index]?.value))])} /></details>
  </figure>;
}

function Figures({ title, head, rows }) {
  return <table><caption>{title}</caption>
    {head && <thead><tr>{head.map((one, index) => index ? <th key={index} scope="col">{one}</th> : <td key={index} />)}</tr></thead>}
    <tbody>{rows.map(([name, ...values]) => <tr key={name}><th scope="row">{name}</th>
      {values.map((value, index) => <td key={index} className="figure">{value}</td>)}</tr>)}</tbody>
  </table>;
}

const short = (value) => (value === undefined ? "–" : Number(value.toPrecision(3)).toLocaleString("en"));
