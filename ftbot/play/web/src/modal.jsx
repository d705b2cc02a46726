// A modal: one form in a native dialog, kept in step with what the bot makes of its view.
import { useEffect, useRef, useState } from "react";
import { Blocks } from "./blocks.jsx";
import { initial } from "./inputs.jsx";

const begun = (view) => Object.fromEntries(view.blocks.filter((block) => block.type === "input").map((block) => [block.block_id, initial(block)]));
const BASE64_AT = ","; // a data: URL is its type, a comma, and the content

export function Modal({ view, channels, people, dark, act, say }) {
  const dialog = useRef(null), top = useRef(null);
  const [answers, setAnswers] = useState(() => begun(view));
  const [errors, setErrors] = useState({});
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    return () => before?.isConnected && before.focus();
  }, []);
  useEffect(() => {
    setAnswers(begun(view));
    setErrors({});
    dialog.current.querySelector(".modal-body").scrollTop = 0;
    top.current.focus();
  }, [view.id, view.hash]);

  const told = (said) => { if (said.error) say(said.error); return said; };
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const given = Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== null));
    const said = told(await act("submit", { answers: given }));
    setErrors(said.errors ?? {});
    setBusy(false);
  };
  const upload = (file) => new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = async () => {
      const content = reader.result.slice(reader.result.indexOf(BASE64_AT) + 1);
      resolve(told(await act("upload", { name: file.name, content })).file);
    };
    reader.readAsDataURL(file);
  });
  const on = {
    answers, errors, channels, upload,
    answer: (name, value) => setAnswers((now) => ({ ...now, [name]: value })),
    click: async (element) => {
      const given = Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== null));
      told(await act("click", { view: true, action: element.action_id, value: element.value, answers: given }));
    },
    choose: async (element, value) => told(await act("choose", { view: true, action: element.action_id, value })),
  };
  const close = () => act("close");

  return <dialog ref={dialog} className="modal" aria-labelledby="modal-title" onCancel={(event) => { event.preventDefault(); close(); }}>
    <form onSubmit={submit} noValidate>
      <h2 id="modal-title" tabIndex={-1} ref={top}>{view.title.text}</h2>
      <div className="modal-body" tabIndex={0} role="group" aria-label={view.title.text}>
        <Blocks key={view.hash} blocks={view.blocks} people={people} dark={dark} on={on} />
      </div>
      <div className="elements modal-foot">
        <button type="button" onClick={close}>{view.close?.text ?? "Close"}</button>
        {view.submit && <button type="submit" className="primary" aria-busy={busy}>{view.submit.text}</button>}
      </div>
    </form>
  </dialog>;
}
