// The page: who one is, where one is, what is said there, and the terminal beside it.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Blocks } from "./blocks.jsx";
import { useLive } from "./live.js";
import { Messages } from "./messages.jsx";
import { Modal } from "./modal.jsx";
import { Terminal } from "./terminal.jsx";
import { Tour } from "./tour.jsx";

const HOME = "home", TOAST_MS = 8000;
const TOURED = new URLSearchParams(location.search).has("tour");
const scheme = matchMedia("(prefers-color-scheme: dark)");
const onScheme = (changed) => { scheme.addEventListener("change", changed); return () => scheme.removeEventListener("change", changed); };

export function App() {
  const { picture, connected, act } = useLive();
  const dark = useSyncExternalStore(onScheme, () => scheme.matches);
  const [place, setPlace] = useState(null);
  const [toasts, setToasts] = useState([]);
  const [seen, setSeen] = useState({});

  const say = (text) => {
    const toast = { text, id: crypto.randomUUID() };
    setToasts((now) => [...now.slice(-2), toast]);
    setTimeout(() => setToasts((now) => now.filter((one) => one !== toast)), TOAST_MS);
  };
  const me = picture?.me, here = place ?? picture?.channels[0]?.id;
  useNotices(picture, here, say);
  useEffect(() => {
    const channel = picture?.channels.find((one) => one.id === here);
    if (channel) setSeen((now) => ({ ...now, [me + here]: channel.messages.length }));
  }, [picture, here]);

  if (!picture) return <p className="waiting" role="status">{connected ? "Starting…" : "Connecting to ftbot play…"}</p>;

  const go = (id) => { setPlace(id); if (id === HOME) act("home"); };
  const become = async (user) => {
    await act("persona", { user });
    if (here === HOME) act("home");
    else if (!picture.channels.some((one) => one.id === here && one.kind === "channel")) setPlace(picture.channels[0].id);
  };
  const channel = picture.channels.find((one) => one.id === here);
  const title = here === HOME ? "Home" : channel?.kind === "im" ? "ftbot" : `#${channel?.name}`;
  const unread = (one) => Math.max(0, one.messages.length - (seen[me + one.id] ?? 0));

  return <div className={TOURED ? "page toured" : "page"}>
    <header>
      <h1>ftbot play</h1>
      <label>You are <select value={me} onChange={(event) => become(event.target.value)}>
        {picture.people.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}</select></label>
      <span className="note">A stand-in for Slack on this machine. Nothing leaves it.</span>
      {!connected && <strong role="alert">Not connected; trying again.</strong>}
    </header>
    <nav aria-label="Channels">
      {picture.channels.map((one) => <button key={one.id} type="button" aria-current={one.id === here ? "page" : undefined} onClick={() => go(one.id)}>
        {one.kind === "im" ? "ftbot (direct message)" : `#${one.name}`}
        {one.id !== here && unread(one) > 0 && <span className="badge">{unread(one)}<span className="sr"> new</span></span>}</button>)}
      <button type="button" aria-current={here === HOME ? "page" : undefined} onClick={() => go(HOME)}>ftbot’s Home</button>
    </nav>
    <main>
      <h2>{title}</h2>
      {here === HOME ? <Home picture={picture} dark={dark} act={act} say={say} />
        : channel && <Conversation key={me + channel.id} channel={channel} picture={picture} dark={dark} act={act} say={say} />}
    </main>
    <Terminal story={picture.story} people={picture.people} act={act} say={say} />
    {picture.view && <Modal key={picture.view.id} view={picture.view} channels={picture.channels} people={picture.people} dark={dark} act={act} say={say} />}
    {TOURED && <Tour picture={picture} />}
    <div className="toasts" role="status" aria-live="polite">{toasts.map((one) => <p key={one.id}>{one.text}</p>)}</div>
  </div>;
}

// A notice for every new message that is not in front of the person.
function useNotices(picture, here, say) {
  const before = useRef(null);
  useEffect(() => {
    if (!picture) return;
    const counts = Object.fromEntries(picture.channels.map((one) => [one.id, one.messages.length]));
    if (before.current?.me === picture.me)
      for (const channel of picture.channels)
        for (const message of channel.messages.slice(before.current.counts[channel.id] ?? 0))
          if (channel.id !== here && message.user !== picture.me)
            say(`${channel.kind === "im" ? "ftbot" : `#${channel.name}`}: ${message.text}`);
    before.current = { me: picture.me, counts };
  }, [picture]);
}

function Home({ picture, dark, act, say }) {
  const told = (said) => { if (said.error) say(said.error); };
  const on = {
    answers: {}, errors: {}, channels: picture.channels,
    click: async (element) => told(await act("click", { home: true, action: element.action_id, value: element.value })),
    choose: async (element, value) => told(await act("choose", { home: true, action: element.action_id, value })),
  };
  if (!picture.home) return <p role="status">ftbot is drawing it…</p>;
  return <div className="home"><Blocks blocks={picture.home.blocks} people={picture.people} dark={dark} on={on} /></div>;
}

const TRY = ["/ft advise", "/ft runs", "/ft budget", "/ft help"];

function Conversation({ channel, picture, dark, act, say }) {
  const [text, setText] = useState(""), [thread, setThread] = useState("");
  const field = useRef(null), end = useRef(null);
  useEffect(() => { end.current.scrollIntoView({ block: "end" }); }, [channel.messages.length]);

  const send = async (said) => {
    const words = said.trim();
    if (!words) return;
    const command = words.match(/^\/(\S+)\s*(.*)$/s);
    if (command && command[1] !== "ft") return say(`/${command[1]} is not a command here; /ft help lists what there is.`);
    setText("");
    setThread("");
    const where = { channel: channel.id };
    const done = await (command ? act("command", { ...where, text: command[2] }) : act("says", { ...where, text: words, thread }));
    if (done.error) say(done.error);
  };
  const reply = (ts) => { setThread(ts); field.current.focus(); };
  const keys = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) { event.preventDefault(); send(text); }
    if (event.key === "Escape") setThread("");
  };

  return <>
    <div className="scroll" tabIndex={0} role="region" aria-label="Conversation">
      {channel.messages.length === 0 && <p className="empty">{channel.kind === "im"
        ? "Tell ftbot your case in words, or write “help”." : channel.name === "runs"
        ? "Cards of runs and what waits for approval come here." : "Type /ft advise, or press it below."}</p>}
      <Messages channel={channel} picture={picture} dark={dark} act={act} say={say} reply={reply} />
      <div ref={end} />
    </div>
    <form className="composer" onSubmit={(event) => { event.preventDefault(); send(text); }}>
      {thread && <p className="note">In a thread. <button type="button" className="link" onClick={() => setThread("")}>Not in it</button></p>}
      <label className="sr" htmlFor="composer">Message to {channel.kind === "im" ? "ftbot" : `#${channel.name}`}</label>
      <textarea id="composer" ref={field} rows={1} value={text} onChange={(event) => setText(event.target.value)} onKeyDown={keys}
        placeholder={channel.kind === "im" ? "We summarise 540k tickets a month and the bill is $40k…" : "/ft advise, or a message (@ftbot is told of it)"} />
      <div className="elements">{TRY.map((one) => <button key={one} type="button" onClick={() => send(one)}>{one}</button>)}
        <button type="submit" className="primary">Send</button></div>
    </form>
  </>;
}
