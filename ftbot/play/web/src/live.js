// The websocket: what the person sees comes in whole, what they do goes out and is answered.
import { useEffect, useRef, useState } from "react";

const AGAIN_MS = 1000;

export function useLive() {
  const [picture, setPicture] = useState(null);
  const [connected, setConnected] = useState(false);
  const socket = useRef(null);
  const waiting = useRef(new Map());
  const number = useRef(0);

  useEffect(() => {
    let timer, closed = false;
    const connect = () => {
      const live = new WebSocket(`ws://${location.host}/live`);
      socket.current = live;
      live.onopen = () => setConnected(true);
      live.onmessage = ({ data }) => {
        const said = JSON.parse(data);
        if (said.picture) setPicture(said.picture);
        else waiting.current.get(said.reply)?.(said);
      };
      live.onclose = () => {
        setConnected(false);
        for (const answer of waiting.current.values()) answer({ error: "The connection to ftbot play is lost." });
        waiting.current.clear();
        if (!closed) timer = setTimeout(connect, AGAIN_MS);
      };
    };
    connect();
    return () => { closed = true; clearTimeout(timer); socket.current.close(); };
  }, []);

  const act = (name, fields = {}) =>
    new Promise((resolve) => {
      if (socket.current?.readyState !== WebSocket.OPEN) return resolve({ error: "ftbot play is not connected." });
      const id = ++number.current;
      waiting.current.set(id, (said) => { waiting.current.delete(id); resolve(said); });
      socket.current.send(JSON.stringify({ id, act: name, ...fields }));
    });

  return { picture, connected, act };
}
