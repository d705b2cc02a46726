// The tour (?tour): one sentence at a time, a ring around what to press, and on when it has been done.
import { useEffect, useRef, useState } from "react";

const LOOK_MS = 250;

const dialog = () => document.querySelector("dialog.modal[open]");
const button = (name, within = document) =>
  [...(within ?? document).querySelectorAll("button")].find((one) => one.textContent.trim().startsWith(name));
const channel = (start) => button(start, document.querySelector("nav"));
const open = (start) => channel(start)?.getAttribute("aria-current") === "page";
const filed = (picture) => picture.channels.some((one) => one.messages.some((message) => message.files.length > 0));

// find: what the ring goes around. done: when the next step begins; without it the newcomer says so.
const STEPS = [
  { say: "A team wonders whether to fine-tune. Ask the bot: press /ft advise.",
    find: () => button("/ft advise"), done: () => dialog() },
  { say: "Say what should get better, for instance that it should cost less, and press Next.",
    find: () => button("Next", dialog()), done: () => button("Advise me now", dialog()) },
  { say: "Each answer makes the advice surer. You need not give them all: press Advise me now.",
    find: () => button("Advise me now", dialog()), done: () => dialog() && !button("Advise me now", dialog()) },
  { say: "The advice: what to do first, what it rests on, what would change it. Read it, then close it (Escape).",
    find: () => button("Close", dialog()), done: () => !dialog() },
  { say: "It is kept. Open your direct messages with ftbot.",
    find: () => channel("ftbot (direct"), done: () => open("ftbot (direct") },
  { say: "From advice to work: press Draft as files. What comes is a spec to commit in a pull request.",
    find: () => button("Draft as files"), done: filed },
  { say: "Specs are started with ft. Open #runs.", find: () => channel("#runs"), done: () => open("#runs") },
  { say: "Start the recorded run: press $ ft apply tickets-recording. Nothing is trained or paid; it was, when it was recorded.",
    find: () => button("$ ft apply tickets-recording"), done: () => button("Approve") },
  { say: "This run would cost money, so somebody else must agree. Become another person: choose Ben under “You are”.",
    find: () => document.querySelector("header select"), 
    done: (picture) => picture.people.find((one) => one.id === picture.me)?.name === "ben" },
  { say: "Ben sees what it is, what it may cost at most and who asks. Press Approve and confirm.",
    find: () => button("Approve", document.querySelector("main")), done: () => !button("Approve", document.querySelector("main")) },
  { say: "The card moves by itself: phases, loss, what is left. Wait for the comparison, then press See examples.",
    find: () => button("See examples"), done: () => dialog() },
  { say: "Tuned beside the best prompt, row by row, losses first. That is the whole way: asked, advised, agreed, trained, compared.",
    find: () => null },
];

export function Tour({ picture }) {
  const [step, setStep] = useState(0);
  const [ring, setRing] = useState(null);
  const layer = useRef(null), latest = useRef(picture);
  latest.current = picture;
  const now = STEPS[step];

  useEffect(() => {
    if (!now) return;
    const look = () => {
      if (now.done?.(latest.current)) return setStep(step + 1);
      const box = now.find()?.getBoundingClientRect();
      setRing(box && box.width > 0 ? { left: box.left - 4, top: box.top - 4, width: box.width + 8, height: box.height + 8 } : null);
      raise(layer.current);
    };
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [step]);

  if (!now) return null;
  return <div ref={layer} popover="manual" className="tour">
    {ring && <div className="tour-ring" style={ring} />}
    <section aria-label="Tour">
      <p role="status">{now.say}</p>
      <div className="elements">
        <span className="note">{step + 1} of {STEPS.length}</span>
        {step + 1 < STEPS.length && <button type="button" onClick={() => setStep(step + 1)}>Skip</button>}
        <button type="button" onClick={() => setStep(STEPS.length)}>End the tour</button>
      </div>
    </section>
  </div>;
}

// Over a dialog that was opened later: what is shown last lies on top.
function raise(layer) {
  const over = document.querySelectorAll("dialog[open]").length;
  if (layer.matches(":popover-open") && layer.dataset.over === String(over)) return;
  if (layer.matches(":popover-open")) layer.hidePopover();
  layer.showPopover();
  layer.dataset.over = over;
}
