// data_table: a real table with its caption, the row header that the block names, sorted and paged as Slack does.
import { useState } from "react";

const number = (cell) => (cell.type === "raw_number" ? cell.value : null);
const shown = (cell) => cell.text ?? String(cell.value ?? "");

export function DataTable({ block }) {
  const [head, ...rows] = block.rows;
  const size = block.page_size ?? 10;
  const [page, setPage] = useState(0);
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const at = Math.min(page, pages - 1);
  return <div className="table" role="region" aria-label={block.caption} tabIndex={0}>
    <table>
      <caption>{block.caption}</caption>
      <thead><tr>{head.map((cell, index) => <th key={index} scope="col">{shown(cell)}</th>)}</tr></thead>
      <tbody>{rows.slice(at * size, (at + 1) * size).map((row, line) => <tr key={line}>{row.map((cell, index) =>
        index === block.row_header_column_index
          ? <th key={index} scope="row">{shown(cell)}</th>
          : <td key={index} className={number(cell) === null ? "" : "figure"}>{shown(cell)}</td>)}</tr>)}</tbody>
    </table>
    {pages > 1 && <p className="pages">
      <button type="button" disabled={at === 0} onClick={() => setPage(at - 1)}>Previous rows</button>
      <span>{at + 1} of {pages}</span>
      <button type="button" disabled={at === pages - 1} onClick={() => setPage(at + 1)}>More rows</button>
    </p>}
  </div>;
}
