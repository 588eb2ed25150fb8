import { randomBytes } from 'node:crypto';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '#domain';
import { AccessBy } from '../http/access.ts';
import { PageFiles } from './page-files.ts';
import type { PageFile } from './page-files.ts';

/** Of the nonce with which the page's own library writes styles. */
const NONCE_BYTES = 16;
const NONCE_MARK = /__CSP_NONCE__/g;

/** The page may run what is its own, talk to this server, and be shown in no frame. */
const policyWith = (nonce?: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self'${nonce === undefined ? '' : ` 'nonce-${nonce}'`}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Of every answer. `same-origin` and not `no-referrer`: without a referrer forms would tell no Origin. */
const HEADERS = {
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()',
} as const;

/** The page and its files. */
@ApiExcludeController()
@Controller('dashboard')
export class PagesController {
  constructor(@Inject(PageFiles) private readonly files: PageFiles) {}

  @Get()
  @AccessBy('open')
  page(@Res({ passthrough: true }) reply: FastifyReply): string {
    return asPage(this.#found(''), reply);
  }

  @Get('*')
  @AccessBy('open')
  async file(
    @Param('*') path: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const file = this.#found(path);
    if (file === this.files.index) await reply.send(asPage(file, reply));
    else await sendFile(file, request, reply);
  }

  /** @throws Fault ROUTE_NOT_FOUND. */
  #found(path: string): PageFile {
    const file = this.files.find(path);
    if (file !== undefined) return file;
    const detail = 'The dashboard was not built, or the process began before: npm run build.';
    throw new Fault('ROUTE_NOT_FOUND', this.files.index === undefined ? { detail } : {});
  }
}

/** The page with a nonce of its own. */
function asPage(index: PageFile, reply: FastifyReply): string {
  const nonce = randomBytes(NONCE_BYTES).toString('base64');
  void reply.headers({
    ...HEADERS,
    'content-type': index.type,
    'content-security-policy': policyWith(nonce),
    'cache-control': 'no-store',
  });
  return index.text.replace(NONCE_MARK, nonce);
}

async function sendFile(
  file: PageFile,
  { headers }: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const packing = file.packingFor(headers['accept-encoding'] ?? '');
  const etag = file.etag(packing);
  void reply.headers({
    ...HEADERS,
    'content-security-policy': policyWith(),
    'cache-control': file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag,
    ...(file.isPackable ? { vary: 'accept-encoding' } : {}),
  });
  if (headers['if-none-match'] === etag) {
    await reply.code(304).send();
    return;
  }
  void reply.header('content-type', file.type);
  if (packing !== undefined) void reply.header('content-encoding', packing);
  await reply.send(await file.bytes(packing));
}
