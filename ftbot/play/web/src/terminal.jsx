// The terminal beside Slack: runs are started with `ft`, as in real life, and the bot tells of them.
export function Terminal({ story, people, act, say }) {
  const apply = async (spec) => {
    const said = await act("apply", { spec });
    if (said.error) say(said.error);
  };
  const [real, recorded] = story.specs;
  return <section className="terminal" aria-labelledby="terminal-title">
    <h2 id="terminal-title">Terminal</h2>
    <p>Runs are started with <code>ft</code>; here by whoever you are.</p>
    <div className="elements">
      <button type="button" onClick={() => apply(real)}>$ ft apply {real}</button>
      <button type="button" onClick={() => apply(recorded)}>$ ft apply {recorded}</button>
    </div>
    <p className="hint">{story.missing || "The first trains a small model on this machine, for some minutes."}</p>
    <p className="hint">The second: {story.recording}</p>
    <div className="lines" role="log" aria-label="Output of the terminal" tabIndex={0}>{story.lines.map((line, index) =>
      <p key={index} className={line.text.startsWith("$") ? "typed" : ""}>
        <span className="who">{people.find((one) => one.id === line.person)?.name}</span> {line.text}</p>)}</div>
  </section>;
}
