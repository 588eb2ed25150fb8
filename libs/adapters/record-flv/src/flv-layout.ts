/**
 * Where the number of `duration` stands when it is the first entry: file header and first PreviousTagSize (13), tag header
 * (11), `onMetaData` as an AMF0 string (13), the head of the ECMA array (5), the name (10) and the type of the number (1).
 */
export const DURATION_OFFSET = 13 + 11 + 13 + 5 + 10 + 1;
