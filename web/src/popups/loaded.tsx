import { Combobox as BaseCombobox } from "@base-ui/react/combobox";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { Dialog as BaseDialog } from "@base-ui/react/dialog";
import { Menu as BaseMenu } from "@base-ui/react/menu";
import { Popover as BasePopover } from "@base-ui/react/popover";
import { useState, type JSX } from "react";

import { Button } from "@/parts/Button";
import { useTexts } from "@/texts/texts";
import style from "./popups.module.css";
import type { ComboboxProps, DialogProps, MenuProps, PopoverProps } from "./types";

/*
 * The popups themselves, on Base UI: one chunk that is fetched when the page has nothing else to do. Pages use
 * `popups/Popups.tsx`. Base UI may not add <style> elements: the policy forbids them.
 */

/** See `PopoverProps`. */
export function Popover({ trigger, look, label, title, children }: PopoverProps): JSX.Element {
  const [open, setOpen] = useState(true);
  const close = (): void => {
    setOpen(false);
  };
  return (
    <CSPProvider disableStyleElements>
      <BasePopover.Root open={open} onOpenChange={setOpen}>
        <BasePopover.Trigger render={<Button look={look ?? "quiet"} aria-label={label} />}>{trigger}</BasePopover.Trigger>
        <BasePopover.Portal>
          <BasePopover.Positioner sideOffset={6} collisionPadding={8} className={style.place}>
            <BasePopover.Popup className={`${style.popup ?? ""} ${style.panel ?? ""}`}>
              {title === undefined ? null : <BasePopover.Title className={style.title}>{title}</BasePopover.Title>}
              {typeof children === "function" ? children(close) : children}
            </BasePopover.Popup>
          </BasePopover.Positioner>
        </BasePopover.Portal>
      </BasePopover.Root>
    </CSPProvider>
  );
}

/** See `DialogProps`. */
export function Dialog({ open, onOpenChange, title, side = "middle", children }: DialogProps): JSX.Element {
  const { say } = useTexts();
  return (
    <CSPProvider disableStyleElements>
      <BaseDialog.Root open={open} onOpenChange={onOpenChange}>
        <BaseDialog.Portal>
          <BaseDialog.Backdrop className={style.backdrop} />
          <BaseDialog.Popup className={`${style.dialog ?? ""} ${style[side] ?? ""}`}>
            <header className={style.head}>
              <BaseDialog.Title className={style.title}>{title}</BaseDialog.Title>
              <BaseDialog.Close render={<Button look="quiet" aria-label={say("frame.close")} />}>✕</BaseDialog.Close>
            </header>
            {children}
          </BaseDialog.Popup>
        </BaseDialog.Portal>
      </BaseDialog.Root>
    </CSPProvider>
  );
}

/** See `MenuProps`. */
export function Menu({ trigger, look, label, groups }: MenuProps): JSX.Element {
  return (
    <CSPProvider disableStyleElements>
      <BaseMenu.Root defaultOpen modal={false}>
        <BaseMenu.Trigger render={<Button look={look ?? "plain"} aria-label={label} />}>{trigger}</BaseMenu.Trigger>
        <BaseMenu.Portal>
          <BaseMenu.Positioner sideOffset={6} collisionPadding={8} align="start" className={style.place}>
            <BaseMenu.Popup className={`${style.popup ?? ""} ${style.menu ?? ""}`}>
              {groups.map((group, at) => (
                <BaseMenu.Group key={at} className={style.group}>
                  {group.title === undefined ? null : <BaseMenu.GroupLabel className={style.groupTitle}>{group.title}</BaseMenu.GroupLabel>}
                  {group.items.map((item) => (
                    <BaseMenu.Item key={item.id} className={style.item} disabled={item.disabled ?? false} onClick={item.onPick} aria-current={item.current ? "true" : undefined}>
                      <span className={style.itemText}>{item.text}</span>
                      {item.hint === undefined ? null : <kbd className={style.hint}>{item.hint}</kbd>}
                    </BaseMenu.Item>
                  ))}
                </BaseMenu.Group>
              ))}
            </BaseMenu.Popup>
          </BaseMenu.Positioner>
        </BaseMenu.Portal>
      </BaseMenu.Root>
    </CSPProvider>
  );
}

/** See `ComboboxProps`. */
export function Combobox({ label, items, value, onPick, onType, empty, placeholder }: ComboboxProps): JSX.Element {
  return (
    <CSPProvider disableStyleElements>
      <BaseCombobox.Root
        items={items}
        value={value}
        filter={onType === undefined ? undefined : null}
        itemToStringLabel={(item) => item.text}
        isItemEqualToValue={(one, other) => one.id === other.id}
        onValueChange={(item) => {
          if (item !== null) onPick(item);
        }}
        onInputValueChange={(text) => onType?.(text)}
      >
        <BaseCombobox.Input className={style.input} aria-label={label} placeholder={placeholder} />
        <BaseCombobox.Portal>
          <BaseCombobox.Positioner sideOffset={4} collisionPadding={8} className={style.place}>
            <BaseCombobox.Popup className={`${style.popup ?? ""} ${style.menu ?? ""}`}>
              <BaseCombobox.Empty className={style.empty}>{empty}</BaseCombobox.Empty>
              <BaseCombobox.List>
                {(item: (typeof items)[number]) => (
                  <BaseCombobox.Item key={item.id} value={item} className={style.item}>
                    <span className={style.itemText} dir="auto">
                      {item.text}
                    </span>
                    {item.hint === undefined ? null : <span className={style.hint}>{item.hint}</span>}
                  </BaseCombobox.Item>
                )}
              </BaseCombobox.List>
            </BaseCombobox.Popup>
          </BaseCombobox.Positioner>
        </BaseCombobox.Portal>
      </BaseCombobox.Root>
    </CSPProvider>
  );
}
