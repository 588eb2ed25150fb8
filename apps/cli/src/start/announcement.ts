import type { RuntimeFile } from '#contracts';

/** What a person wants to know once everything is up. */
export function announce(runtime: RuntimeFile, runtimePath: string): string {
  const { apiUrl, wcsUrl, sip, apiKey } = runtime;
  return [
    '',
    'Callcast is up.',
    `  API            ${apiUrl}`,
    `  documentation  ${apiUrl}/docs`,
    `  WCS dialect    ${wcsUrl}`,
    `  SIP            ${sip.host.includes(':') ? `[${sip.host}]` : sip.host}:${sip.port}`,
    `  API key        ${apiKey}`,
    `  all of this    ${runtimePath}`,
    '',
    'Ctrl-C ends it.',
    '',
  ].join('\n');
}
