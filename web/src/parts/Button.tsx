import type { ButtonHTMLAttributes, JSX, Ref } from "react";

import style from "./Button.module.css";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: "plain" | "quiet" | "main" | "danger";
  readonly ref?: Ref<HTMLButtonElement>;
}

/** A button. `main` is the one thing to do on a page, `quiet` has no border. */
export function Button({ look = "plain", className, type = "button", ...rest }: Props): JSX.Element {
  return <button type={type} className={[style.button, style[look], className].filter(Boolean).join(" ")} {...rest} />;
}
