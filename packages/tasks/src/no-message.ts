/** What came from a thread or process, and is none of the messages that it may send. */
export class NoMessage extends Error {
  constructor(why: string) {
    super(`what it sent is no message: ${why}`);
  }
}
