import { useId, useRef } from "react";
import { bytes as sizeOf } from "../../model/format";
import type { Sample, SourceTrial } from "../../model/sources";
import settings from "./Settings.module.css";
import styles from "./Sources.module.css";
import { useSourceTexts } from "./useSourceTexts";

/** The server reads 64 KB of a request; base64 and the settings need their part of it. */
const mostBytes = 32 << 10;
const mostSigns = 16_000;

interface Props {
  readonly sample: Sample;
  readonly onChange: (sample: Sample) => void;
  readonly trial: SourceTrial | undefined;
}

/** What is tried: pasted lines, or the first bytes of a file, which keep their encoding. */
export function SourceSample({ sample, onChange, trial }: Props) {
  const s = useSourceTexts();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    const head = new Uint8Array(await file.slice(0, mostBytes).arrayBuffer());
    const binary = Array.from(head, (byte) => String.fromCharCode(byte)).join("");
    onChange({ text: "", bytes: btoa(binary), file: `${file.name} (${sizeOf(head.length)})` });
  };
  const shown = sample.bytes === undefined ? sample.text : (trial?.lines.map(({ text }) => text).join("\n") ?? "");
  return (
    <section className={styles.sample}>
      <h3>
        {s("try")} <span>{s("try.text")}</span>
      </h3>
      <label className="sr-only" htmlFor={id}>
        {s("try.sample")}
      </label>
      <textarea
        id={id}
        value={shown}
        readOnly={sample.bytes !== undefined}
        onChange={(event) => onChange({ text: event.target.value })}
        placeholder={s("try.placeholder")}
        maxLength={mostSigns}
        rows={5}
        spellCheck={false}
        autoComplete="off"
      />
      <p>
        {sample.file !== undefined && <code>{sample.file}</code>}{" "}
        <button type="button" className={settings.link} onClick={() => (sample.bytes === undefined ? input.current?.click() : onChange({ text: "" }))}>
          {s(sample.bytes === undefined ? "try.file" : "try.drop")}
        </button>
        <input ref={input} type="file" hidden onChange={(event) => void take(event.target.files?.[0])} />
      </p>
    </section>
  );
}
