import { useId, type InputHTMLAttributes, type JSX, type ReactNode, type SelectHTMLAttributes } from "react";

import style from "./forms.module.css";

interface Common {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  /** What is wrong with what stands in it. */
  readonly error?: string | undefined;
}

interface Described {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": boolean | undefined;
}

function Labelled({ label, hint, error, children }: Common & { readonly children: (described: Described) => ReactNode }): JSX.Element {
  const id = useId();
  const about = error !== undefined || hint !== undefined ? `${id}-about` : undefined;
  return (
    <div className={style.field}>
      <label className={style.label} htmlFor={id}>
        {label}
      </label>
      {children({ id, "aria-describedby": about, "aria-invalid": error === undefined ? undefined : true })}
      {about === undefined ? null : (
        <p id={about} className={error === undefined ? style.hint : style.error} role={error === undefined ? undefined : "alert"}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}

/** A field to write in, with its label. */
export function TextField({ label, hint, error, ...rest }: Common & InputHTMLAttributes<HTMLInputElement>): JSX.Element {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {(described) => <input className={style.input} dir="auto" autoComplete="off" {...described} {...rest} />}
    </Labelled>
  );
}

/** One of a few. */
export function SelectField({ label, hint, error, children, ...rest }: Common & SelectHTMLAttributes<HTMLSelectElement>): JSX.Element {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {(described) => (
        <select className={style.input} {...described} {...rest}>
          {children}
        </select>
      )}
    </Labelled>
  );
}

interface CheckProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
}

/** Yes or no. */
export function Check({ label, hint, ...rest }: CheckProps): JSX.Element {
  const id = useId();
  return (
    <div className={style.check}>
      <input type="checkbox" id={id} aria-describedby={hint === undefined ? undefined : `${id}-hint`} {...rest} />
      <label htmlFor={id}>{label}</label>
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className={style.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}
