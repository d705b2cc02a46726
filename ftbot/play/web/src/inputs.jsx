// Inputs of a modal: native controls, each labelled, with its hint and what was wrong with it.
import { useId } from "react";
import { Unknown } from "./unknown.jsx";

export function initial({ element }) {
  const values = (options) => (options ?? []).map((option) => option.value);
  if (element.type === "checkboxes" || element.type === "multi_static_select") return values(element.initial_options);
  return element.initial_option?.value ?? element.initial_value ?? element.initial_conversation ?? null;
}

export function Input({ block, on }) {
  const id = useId();
  const { element, label, hint, optional } = block;
  const value = on.answers[block.block_id] ?? null, error = on.errors[block.block_id];
  const set = (answer) => on.answer(block.block_id, answer);
  const grouped = element.type === "radio_buttons" || element.type === "checkboxes";
  const about = [hint && `${id}h`, error && `${id}e`].filter(Boolean).join(" ") || undefined;
  const below = <>
    {hint && <p id={`${id}h`} className="hint">{hint.text}</p>}
    {error && <p id={`${id}e`} className="error" role="alert">{error}</p>}
  </>;
  const name = <>{label.text}{optional && <span className="optional"> (optional)</span>}</>;
  if (grouped) return <fieldset className="input" aria-describedby={about}><legend>{name}</legend>
    <Boxes element={element} name={id} value={value} set={set} />{below}</fieldset>;
  const Control = CONTROLS[element.type];
  if (!Control) return <Unknown block={element} what="field" />;
  return <div className="input"><label htmlFor={id}>{name}</label>
    <Control id={id} element={element} value={value} set={set} on={on} aria-describedby={about} aria-invalid={error ? true : undefined} />{below}</div>;
}

function Boxes({ element, name, value, set }) {
  const many = element.type === "checkboxes";
  const toggled = (one) => (value ?? []).includes(one) ? value.filter((other) => other !== one) : [...(value ?? []), one];
  return element.options.map((option) => <label key={option.value} className="box">
    <input type={many ? "checkbox" : "radio"} name={name} checked={many ? (value ?? []).includes(option.value) : value === option.value}
      onChange={() => set(many ? toggled(option.value) : option.value)} />
    <span>{option.text.text}{option.description && <small> {option.description.text}</small>}</span>
  </label>);
}

function Text({ element, value, set, on, ...rest }) {
  const shared = { ...rest, value: value ?? "", maxLength: element.max_length, placeholder: element.placeholder?.text,
    onChange: (event) => set(event.target.value || null) };
  return element.multiline ? <textarea rows={4} {...shared} /> : <input type="text" {...shared} />;
}

function Select({ element, value, set, on, ...rest }) {
  return <select {...rest} value={value ?? ""} onChange={(event) => set(event.target.value || null)}>
    <option value="">{element.placeholder?.text ?? "–"}</option>
    {element.options.map((option) => <option key={option.value} value={option.value}>{option.text.text}</option>)}
  </select>;
}

function Several({ element, value, set, on, ...rest }) {
  const chosen = (event) => set([...event.target.selectedOptions].map((option) => option.value));
  return <select {...rest} multiple size={6} value={value ?? []} onChange={chosen}>
    {element.options.map((option) => <option key={option.value} value={option.value}>{option.text.text}</option>)}
  </select>;
}

function Given({ element, value, set, on, ...rest }) {
  const upload = async (event) => set(await Promise.all([...event.target.files].map(on.upload)));
  return <input type="file" {...rest} multiple={(element.max_files ?? 1) > 1} onChange={upload} />;
}

function Conversation({ element, value, set, on, ...rest }) {
  return <select {...rest} value={value ?? ""} onChange={(event) => set(event.target.value || null)}>
    <option value="">–</option>
    {on.channels.map((channel) => <option key={channel.id} value={channel.id}>#{channel.name}</option>)}
  </select>;
}

const CONTROLS = { plain_text_input: Text, number_input: Text, static_select: Select, multi_static_select: Several,
  file_input: Given, conversations_select: Conversation };
