import type { Connection } from "./client";
import { ApiError } from "./error";
import type { Question } from "./questions";

export type FileFormat = "csv" | "parquet";

/** The address of a question as a file: the same question as that of the chart. */
export function fileAddress(question: Question, format: FileFormat): string {
  const { period, filters, metrics, dimensions, chatbots, compare, align, order_by: order } = question;
  const asked = new URLSearchParams({ metrics: metrics.join(",") });
  if (dimensions) asked.set("dimensions", dimensions.join(","));
  if (chatbots) asked.set("chatbots", chatbots.join(","));
  if (typeof period === "string") asked.set("period", period);
  else if (period) for (const [end, date] of Object.entries(period) as [string, string | null][]) if (date !== null) asked.set(end, date);
  if (filters) asked.set("filters", JSON.stringify(filters));
  if (typeof compare === "string") asked.set("compare", compare);
  if (align) asked.set("align", align);
  if (order) asked.set("order_by", typeof order === "string" ? order : order.join(","));
  if (question.labels) asked.set("labels", "true");
  asked.set("format", format);
  if (format === "csv") asked.set("bom", "true");
  return `/v1/query?${asked.toString()}`;
}

/**
 * Save a question as a file. It is fetched, not linked to: a link could not say who asks, and for which company.
 *
 * @throws ApiError the server gave no file.
 */
export async function saveFile(connection: Connection, question: Question, format: FileFormat, name: string): Promise<void> {
  const headers: Record<string, string> = {};
  if (connection.company !== null) headers["X-Botlens-Company"] = connection.company;
  if (connection.bearer !== null) headers.Authorization = `Bearer ${connection.bearer}`;
  const response = await fetch(connection.root + fileAddress(question, format), { headers, credentials: connection.bearer === null ? "same-origin" : "omit" });
  if (!response.ok) throw ApiError.of(response.status, ((await response.json().catch(() => null)) as { error?: unknown } | null)?.error);
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = `${name}.${format}`;
  link.click();
  URL.revokeObjectURL(address);
}
