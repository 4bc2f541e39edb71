import { Component, type ReactNode } from "react";

import { Button } from "@/parts/Button";
import { say } from "@/texts/texts";
import style from "./Boundary.module.css";

interface Props {
  readonly children: ReactNode;
}

/** What is drawn inside may fail; then it says so, and what is outside goes on. Put one around each widget. */
export class Boundary extends Component<Props, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <div className={style.broken} role="alert">
        <p className={style.title}>{say("frame.broken.title")}</p>
        <p>{say("frame.broken.text")}</p>
        <Button
          onClick={() => {
            window.location.reload();
          }}
        >
          {say("frame.reload")}
        </Button>
      </div>
    );
  }
}
