// The messages of a channel, each with its thread below it.
import { Blocks } from "./blocks.jsx";

export function Messages({ channel, picture, dark, act, say, reply }) {
  const threads = Map.groupBy(channel.messages.filter((one) => one.thread_ts), (one) => one.thread_ts);
  const known = new Set(channel.messages.map((one) => one.ts));
  const shared = { channel, picture, dark, act, say };
  return <ol className="messages" aria-label={`Messages of ${channel.name}`}>
    {channel.messages.filter((one) => !one.thread_ts || !known.has(one.thread_ts)).map((message) => <li key={message.ts}>
      <Message message={message} {...shared} />
      {threads.has(message.ts) && <ol className="thread" aria-label="Thread">
        {threads.get(message.ts).map((one) => <li key={one.ts}><Message message={one} {...shared} /></li>)}
      </ol>}
      {!message.only && <button type="button" className="link" onClick={() => reply(message.ts)}>Reply in thread</button>}
    </li>)}
  </ol>;
}

function Message({ message, channel, picture, dark, act, say }) {
  const sender = message.user ? picture.people.find((one) => one.id === message.user)?.name : "ftbot";
  const here = { channel: channel.id, ts: message.ts };
  const told = (said) => { if (said.error) say(said.error); };
  const on = {
    answers: {}, errors: {}, channels: picture.channels,
    click: async (element) => told(await act("click", { ...here, action: element.action_id, value: element.value })),
    choose: async (element, value) => told(await act("choose", { ...here, action: element.action_id, value })),
  };
  return <article className={`message ${message.only ? "only" : ""}`} aria-label={`${sender}: ${message.text}`}>
    <p className="sender"><span className={`face ${message.user ? "" : "bot"}`} aria-hidden="true">{sender[0].toUpperCase()}</span>
      <strong>{sender}</strong>{!message.user && <span className="app">app</span>}
      <time>{new Date(message.ts * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}</time>
      {message.only && <span className="note">only visible to you</span>}</p>
    {message.blocks ? <Blocks blocks={message.blocks} people={picture.people} dark={dark} on={on} /> : <p className="text">{message.text}</p>}
    {message.files.map((file) => <details key={file.id} className="file"><summary>File: {file.name}</summary><pre tabIndex={0}>{file.text}</pre></details>)}
  </article>;
}
