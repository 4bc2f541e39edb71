import type { JSX, ReactNode } from "react";

import { useTexts } from "@/texts/texts";
import style from "./Table.module.css";
import { useLongList } from "./useLongList";

export interface Column<T> {
  readonly id: string;
  readonly head: string;
  readonly number?: boolean;
  readonly sortable?: boolean;
  readonly cell: (row: T) => ReactNode;
}

export interface Sorting {
  readonly by: string;
  readonly descending: boolean;
}

interface Props<T> {
  readonly caption: string;
  readonly columns: readonly [Column<T>, ...Column<T>[]];
  readonly rows: readonly T[];
  readonly id: (row: T) => string;
  readonly sorting?: Sorting;
  readonly onSort?: (sorting: Sorting) => void;
  readonly dimmed?: (row: T) => boolean;
  /** It is no higher than a part of the screen, and scrolls by itself. */
  readonly bounded?: boolean;
  /** On narrow screens each row is a block, with the heads beside its cells: for rows that are read one by one. */
  readonly stacks?: boolean;
}

/**
 * A table: the first column names its rows. Sorting is asked for here, and done by whoever has the rows. Of hundreds of
 * rows only those are drawn that are near what is seen.
 */
export function Table<T>({ caption, columns, rows, id, sorting, onSort, dimmed, bounded = false, stacks = false }: Props<T>): JSX.Element {
  const { scroller, from, to, before, after, long } = useLongList(rows.length);
  return (
    <div ref={scroller} className={`${style.scroll ?? ""} ${bounded || long ? (style.bounded ?? "") : ""}`} role="group" aria-label={caption} tabIndex={0}>
      <table className={`${style.table ?? ""} ${long ? (style.long ?? "") : ""} ${stacks ? (style.stacks ?? "") : ""}`} aria-rowcount={long ? rows.length + 1 : undefined}>
        <caption className="spoken">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.id} column={column} sorting={sorting} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {before === 0 ? null : <tr aria-hidden="true"><td colSpan={columns.length} className={style.room} style={{ blockSize: before }} /></tr>}
          {rows.slice(from, to).map((row, index) => (
            <tr key={id(row)} className={dimmed?.(row) ? style.dimmed : undefined} aria-rowindex={long ? from + index + 2 : undefined}>
              {columns.map((column, at) =>
                at === 0 ? (
                  <th key={column.id} scope="row" className={style.name}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.id} data-head={column.head} className={column.number ? style.number : undefined}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
          {after === 0 ? null : <tr aria-hidden="true"><td colSpan={columns.length} className={style.room} style={{ blockSize: after }} /></tr>}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps<T> {
  readonly column: Column<T>;
  readonly sorting: Sorting | undefined;
  readonly onSort: ((sorting: Sorting) => void) | undefined;
}

function Head<T>({ column, sorting, onSort }: HeadProps<T>): JSX.Element {
  const { say } = useTexts();
  const mine = sorting?.by === column.id;
  const look = column.number ? style.number : undefined;
  if (!column.sortable || !onSort) {
    return (
      <th scope="col" className={look}>
        {column.head}
      </th>
    );
  }
  const order = mine ? (sorting.descending ? "descending" : "ascending") : "none";
  return (
    <th scope="col" className={look} aria-sort={order}>
      <button
        type="button"
        className={style.sort}
        title={say("table.sort", { column: column.head })}
        onClick={() => {
          onSort({ by: column.id, descending: mine ? !sorting.descending : true });
        }}
      >
        {column.head}
        <span aria-hidden="true">{mine ? (sorting.descending ? " ↓" : " ↑") : ""}</span>
      </button>
    </th>
  );
}
