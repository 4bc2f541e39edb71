import type { JSX, ReactNode } from "react";

import { sentenceOf, type ApiError } from "@/api/error";
import { useFormats } from "@/format/useFormats";
import { isText, useTexts } from "@/texts/texts";
import { Button } from "./Button";
import { Skeleton } from "./Skeleton";
import style from "./Widget.module.css";
import type { TextToSay, WidgetState } from "./widgetState";

interface Props<T> {
  readonly state: WidgetState<T>;
  /** The height of what is shown, in CSS: no state is lower than that, so that nothing jumps. */
  readonly height: string;
  /** What it is, for whom listens while it loads. */
  readonly what?: string;
  readonly children: (data: T) => ReactNode;
}

/** Something with figures in it, in whatever state they are. Whoever uses it only draws the data. */
export function Widget<T>({ state, height, what, children }: Props<T>): JSX.Element {
  return (
    <div className={style.widget} style={{ minBlockSize: height }}>
      <Inside state={state} height={height} what={what ?? ""}>
        {children}
      </Inside>
    </div>
  );
}

function Inside<T>({ state, height, what, children }: Required<Props<T>>): ReactNode {
  const { say } = useTexts();
  switch (state.kind) {
    case "loading":
      return <Skeleton height={height} what={what} />;
    case "data":
      return children(state.data);
    case "stale":
      return (
        <div className={style.old} aria-busy="true" title={say("widget.stale")}>
          {children(state.data)}
        </div>
      );
    case "offline":
      return (
        <>
          <Message icon="○" title={{ id: state.data === null ? "widget.offline.none" : "widget.offline" }} retry={state.retry} />
          {state.data === null ? null : <div className={style.old}>{children(state.data)}</div>}
        </>
      );
    case "empty":
      return <Message icon="∅" title={state.why ?? { id: "widget.empty" }} hint={say("widget.empty.hint")} />;
    case "unmeasurable":
      return <Message icon="?" title={state.why ?? { id: "widget.unmeasurable" }} />;
    case "forbidden":
      return <Message icon="⊘" title={{ id: "widget.forbidden" }} hint={say("widget.forbidden.hint")} />;
    case "plan":
      return <Plan error={state.error} />;
    case "error":
      return <Message icon="!" title={{ id: "widget.error" }} hint={sentenceOf(state.error, say)} retry={state.retry} alert />;
  }
}

function Plan({ error }: { readonly error: ApiError }): JSX.Element {
  const { say } = useTexts();
  const { date } = useFormats();
  const { needs_plan: plan, oldest_allowed: oldest } = error.facts;
  const hint = oldest
    ? say("widget.plan.history", { date: date(oldest.slice(0, 10), "dayAndYear") })
    : plan
      ? say("widget.plan.needs", { plan })
      : error.message;
  const feature = `plan.feature.${error.facts.feature ?? ""}`;
  const title: TextToSay = isText(feature) ? { id: "widget.plan.feature", values: { feature: say(feature) } } : { id: "widget.plan" };
  return <Message icon="◇" title={title} hint={hint} />;
}

interface MessageProps {
  readonly icon: string;
  readonly title: TextToSay;
  readonly hint?: string;
  readonly retry?: () => void;
  readonly alert?: boolean;
}

function Message({ icon, title, hint, retry, alert = false }: MessageProps): JSX.Element {
  const { say } = useTexts();
  return (
    <div className={style.message} role={alert ? "alert" : "status"}>
      <span className={style.icon} aria-hidden="true">
        {icon}
      </span>
      <p className={style.title}>{say(title.id, title.values)}</p>
      {hint === undefined || hint === "" ? null : <p className={style.hint}>{hint}</p>}
      {retry === undefined ? null : <Button onClick={retry}>{say("widget.retry")}</Button>}
    </div>
  );
}
