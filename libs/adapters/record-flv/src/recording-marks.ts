/**
 * How far a recording is: a small JSON file beside it, `NAME.flv.MARK.json`. `live`: it is being written. `done`: it
 * waits to become an MP4. The id of a node: that node is at it. `failed`: it stays what it is. None: nothing is to do.
 */
export type RecordingMark = string;

/** The name of the file that marks a recording. */
export const markFile = (file: string, mark: RecordingMark): string => `${file}.${mark}.json`;

/** Whose recording a file is; the contents of its mark. */
export interface RecordingFacts {
  readonly callId: string;
  readonly outputId: string;
}

/** @returns undefined when it is none of ours. */
export function parseFacts(text: string): RecordingFacts | undefined {
  try {
    const { callId, outputId } = JSON.parse(text) as Partial<Record<string, unknown>>;
    return typeof callId === 'string' && typeof outputId === 'string'
      ? { callId, outputId }
      : undefined;
  } catch {
    return undefined;
  }
}
