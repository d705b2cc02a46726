// Blocks: the kept renderer draws what is only read; what is clicked or filled in, and what it cannot draw, is ours.
import { Component } from "react";
import { Message as Rendered } from "slack-blocks-to-jsx";
import { DataTable } from "./table.jsx";
import { Chart } from "./chart.jsx";
import { Elements } from "./elements.jsx";
import { Input } from "./inputs.jsx";
import { Unknown } from "./unknown.jsx";

const DRAWN = new Set([
  "alert", "card", "carousel", "container", "context", "divider", "file", "header", "image", "markdown", "plan",
  "rich_text", "section", "table", "task_card", "video",
]);

// ftbot writes no emoji codes, so what looks like one ("prompted:long: …") is text.
const HOOKS = { emoji: ({ name }) => `:${name}:` };

export function Blocks({ blocks, people, dark, on }) {
  return <div className="blocks">{blocks.map((block, index) => (
    <Guarded key={block.block_id ?? index} block={block}>
      <One block={block} people={people} dark={dark} on={on} />
    </Guarded>
  ))}</div>;
}

function One({ block, people, dark, on }) {
  if (block.type === "actions") return <Elements elements={block.elements} on={on} />;
  if (block.type === "input") return <Input block={block} on={on} />;
  if (block.type === "data_table") return <DataTable block={block} />;
  if (block.type === "data_visualization") return <Chart block={block} />;
  if (block.type === "header") return <h3 className="block-header">{block.text.text}</h3>;
  if (!DRAWN.has(block.type)) return <Unknown block={block} />;
  const { accessory, actions, ...shown } = block;
  const data = { users: people.map(({ id, name }) => ({ id, name, avatar: "" })) };
  return <>
    <Rendered blocks={[shown]} data={data} hooks={HOOKS} theme={dark ? "dark" : "light"} name="ftbot" logo="" withoutWrapper />
    {accessory && <Elements elements={[accessory]} on={on} />}
    {actions && <Elements elements={actions} on={on} />}
  </>;
}

class Guarded extends Component {
  state = { failed: false };
  static getDerivedStateFromError() { return { failed: true }; }
  render() { return this.state.failed ? <Unknown block={this.props.block} /> : this.props.children; }
}
