import type { ReactNode } from "react";

type Look = "plain" | "quiet" | "main";

/** A button that opens a panel beside it. */
export interface PopoverProps {
  readonly trigger: ReactNode;
  readonly look?: Look;
  /** What the button is called, where its text does not say it. */
  readonly label?: string;
  readonly title?: ReactNode;
  /** What is in it; a function is told how to close it. */
  readonly children: ReactNode | ((close: () => void) => ReactNode);
}

/** A window over the page: in the middle, or a sheet from the side. */
export interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: ReactNode;
  readonly side?: "middle" | "start" | "end";
  readonly children: ReactNode;
}

export interface MenuItem {
  readonly id: string;
  readonly text: ReactNode;
  /** The key that does the same. */
  readonly hint?: string;
  readonly current?: boolean;
  readonly disabled?: boolean;
  readonly onPick: () => void;
}

/** A button that opens a list of things to do. */
export interface MenuProps {
  readonly trigger: ReactNode;
  readonly look?: Look;
  readonly label?: string;
  readonly groups: readonly { readonly title?: ReactNode; readonly items: readonly MenuItem[] }[];
}

export interface ComboboxItem {
  readonly id: string;
  readonly text: string;
  readonly hint?: string;
}

/** A field to type in that offers things. With `onType` whoever uses it finds them, else it looks through `items`. */
export interface ComboboxProps {
  readonly label: string;
  readonly items: readonly ComboboxItem[];
  readonly value: ComboboxItem | null;
  readonly onPick: (item: ComboboxItem) => void;
  readonly onType?: (text: string) => void;
  readonly empty: ReactNode;
  readonly placeholder?: string;
}
