/** Parts of base64 that do not depend on what stands before and behind a text, for each of its three alignments. */
function base64Cores(text: string): string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.from(`${'x'.repeat(shift)}${text}`).toString('base64');
    const from = shift === 0 ? 0 : 4;
    const whole = Math.floor((shift + text.length) / 3) * 4;
    return encoded.slice(from, whole);
  });
}

/** Every form in which a secret may lie somewhere: as it is, escaped, and in the usual encodings. */
function formsOf(secret: string): string[] {
  const hex = Buffer.from(secret).toString('hex');
  const cores = base64Cores(secret);
  const url = cores.map((core) => core.replaceAll('+', '-').replaceAll('/', '_'));
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    hex,
    hex.toUpperCase(),
    Array.from(secret).reverse().join(''),
    ...cores,
    ...url,
  ];
}

/** Which of the secrets can be read in which of the places. */
export function leaksOf(
  secrets: Readonly<Record<string, string>>,
  places: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const forms = [...new Set(formsOf(secret))];
    return Object.entries(places)
      .filter(([, text]) => forms.some((form) => text.includes(form)))
      .map(([place]) => `${name} in ${place}`);
  });
}
