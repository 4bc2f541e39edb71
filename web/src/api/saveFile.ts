import { askFile, type Asked, type Connection } from "./client";
import { chatbotsInAddress } from "./inAddress";
import type { Question } from "./questions";

export type FileFormat = "csv" | "parquet";

/** A question as a file is asked for: the same question as that of the chart. */
export function fileQuery(question: Question, format: FileFormat): NonNullable<Asked<"/v1/query", "get">["query"]> {
  const { period, filters, metrics, dimensions, chatbots, compare, align, order_by: order, labels } = question;
  return {
    metrics: [metrics.join(",")],
    ...(dimensions ? { dimensions: [dimensions.join(",")] } : {}),
    ...(chatbots ? { chatbots: chatbotsInAddress(chatbots) } : {}),
    ...(typeof period === "string" ? { period } : (period ?? {})),
    ...(filters ? { filters: JSON.stringify(filters) } : {}),
    ...(typeof compare === "string" ? { compare } : {}),
    ...(align ? { align } : {}),
    ...(order ? { order_by: [typeof order === "string" ? order : order.join(",")] } : {}),
    ...(labels ? { labels: "true" } : {}),
    format,
    ...(format === "csv" ? { bom: "true" } : {}),
  };
}

/**
 * Save a question as a file. It is fetched, not linked to: a link could not say who asks, and for which company.
 *
 * @throws ApiError the server gave no file.
 */
export async function saveFile(connection: Connection, question: Question, format: FileFormat, name: string): Promise<void> {
  const { file } = await askFile(connection, "/v1/query", { query: fileQuery(question, format) });
  offerFile(file, `${name}.${format}`);
}

const KEPT_MS = 60_000;

/** Let the browser keep a file. */
export function offerFile(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => { URL.revokeObjectURL(link.href); }, KEPT_MS); // browsers that ask where to have not read it until then
}
