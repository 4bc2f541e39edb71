import type { JSX } from "react";

import { useFormats } from "@/format/useFormats";
import { useTexts } from "@/texts/texts";
import own from "./Gap.module.css";
import type { Proof } from "./gaps";
import { betweenText } from "./words";

interface Props {
  readonly state: string;
  readonly proof: Proof;
  readonly zone: string;
}

/** Whether a fix worked: before and after it, and what is decided of it or still missing. */
export function ProofOf({ state, proof, zone }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const limit = formats.share(proof.limit);
  const fixed = formats.moment(proof.fixed_at, zone);
  const decided = proof.decided === null ? null : (proof.decided_at === null ? fixed : formats.moment(proof.decided_at, zone));
  return (
    <section className={own.proof} data-decided={proof.decided ?? undefined}>
      <h3 className={own.head}>{say("gap.proof")}</h3>
      <p className={own.verdict}>
        {decided === null ? say("gap.proof.undecided", { when: fixed })
        : proof.decided === "verified" ? say("gap.proof.verified", { when: decided })
        : say("gap.proof.reopened", { when: decided })}
      </p>
      {state !== "fixed" || proof.more_sessions_needed === null ? null : <p>{say("gap.proof.needed", { n: proof.more_sessions_needed })}</p>}
      {proof.waiting_questions === 0 ? null : <p>{say("gap.proof.waiting", { n: proof.waiting_questions })}</p>}
      {proof.before.sessions + proof.after.sessions === 0 ? <p className={own.quiet}>{say("gap.proof.reading")}</p> : <Sides proof={proof} />}
      <p className={own.quiet}>{say("gap.proof.how", { share: limit })}</p>
    </section>
  );
}

/** Who asked before the fix and after it, and who of them got no answer. */
function Sides({ proof }: { readonly proof: Proof }): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  return (
    <table className={own.sides}>
      <thead>
        <tr>
          <td />
          <th scope="col">{say("gap.figure.visitors")}</th>
          <th scope="col">{say("gap.proof.failing")}</th>
          <th scope="col">{say("gap.proof.share")}</th>
          <th scope="col">{say("gap.proof.interval")}</th>
        </tr>
      </thead>
      <tbody>
        {(["before", "after"] as const).map((name) => (
          <tr key={name}>
            <th scope="row">{say(`gap.proof.${name}`)}</th>
            <td>{formats.value(proof[name].sessions)}</td>
            <td>{formats.value(proof[name].failing)}</td>
            <td>{formats.share(proof[name].share)}</td>
            <td>{betweenText(proof[name].interval, formats) ?? ""}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
