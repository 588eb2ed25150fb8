/** Characters between list elements are commas outside quotes and angle brackets (RFC 3261 section 7.3.1). */
function* elementEnds(value: string): Generator<number, void> {
  let isQuoted = false;
  let isBracketed = false;
  for (let at = 0; at < value.length; at += 1) {
    const char = value[at];
    if (isQuoted) {
      if (char === '\\') at += 1;
      else if (char === '"') isQuoted = false;
    } else if (char === '"') isQuoted = true;
    else if (char === '<') isBracketed = true;
    else if (char === '>') isBracketed = false;
    else if (char === ',' && !isBracketed) yield at;
  }
  yield value.length;
}

/**
 * Takes a comma list (Via, Contact, Route, Supported ...) apart. Commas in quotes and angle brackets do not count;
 * empty elements are left out.
 *
 * @remarks Never for WWW-Authenticate and Proxy-Authenticate, whose commas separate the parameters of one challenge.
 */
export function splitList(value: string): string[] {
  if (!value.includes(',')) {
    const element = value.trim();
    return element === '' ? [] : [element];
  }
  const elements: string[] = [];
  let start = 0;
  for (const end of elementEnds(value)) {
    const element = value.slice(start, end).trim();
    if (element !== '') elements.push(element);
    start = end + 1;
  }
  return elements;
}
