import type { BookMessage } from "./book-message.ts";
import { deleteInstances } from "./instance.ts";
import { deadLetterKey } from "./task-key.ts";
import type { Turn } from "./turn.ts";

/** What is posted to have records deleted. */
type TidyMessage = Extract<BookMessage, { readonly type: "discard" | "prune" | "forget" }>;

/** Deletes records that nobody wants any more; never those of a task that is in memory. */
export function tidy(message: TidyMessage, turn: Turn, isHere: (id: string) => boolean): void {
  switch (message.type) {
    case "discard":
      turn.delete(deadLetterKey(message.id));
      return;
    case "prune":
      deleteInstances(message.instances, turn);
      return;
    case "forget":
      for (const id of message.ids) if (!isHere(id)) turn.delete(deadLetterKey(id));
      return;
  }
}
