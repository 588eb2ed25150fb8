import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Inject, NotFoundException, Param, Redirect, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { PageFiles } from '../dashboard/page-files.ts';
import { AccessBy } from '../http/access.ts';
import { OpenApiHolder } from './openapi-document.ts';

/** The files of Swagger UI that the page needs; they lie in its npm package, so no other host is asked. */
const FILES: ReadonlyMap<string, string> = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['favicon-32x32.png', 'image/png'],
]);

const START = `window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui' });\n`;
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Callcast API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
/** The page may talk to this server only. */
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

@ApiExcludeController()
@Controller()
export class DocsController {
  constructor(
    @Inject(OpenApiHolder) private readonly holder: OpenApiHolder,
    @Inject(PageFiles) private readonly pages: PageFiles,
  ) {}

  @Get()
  @AccessBy('open')
  @Redirect()
  start(): { readonly url: string; readonly statusCode: number } {
    return { url: this.pages.index === undefined ? '/docs' : '/dashboard', statusCode: 302 };
  }

  @Get('openapi.json')
  @AccessBy('open')
  openApi(): OpenAPIObject {
    if (this.holder.document === undefined) throw new NotFoundException();
    return this.holder.document;
  }

  @Get('docs')
  @AccessBy('open')
  page(@Res({ passthrough: true }) reply: FastifyReply): string {
    void reply.headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
    });
    return PAGE;
  }

  @Get('docs/:file')
  @AccessBy('open')
  async file(
    @Param('file') file: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | string> {
    if (file === 'start.js') {
      void reply.header('content-type', 'text/javascript; charset=utf-8');
      return START;
    }
    const type = FILES.get(file);
    if (type === undefined) throw new NotFoundException();
    const folder = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
    void reply.headers({ 'content-type': type, 'cache-control': 'public, max-age=3600' });
    return await readFile(join(folder, file));
  }
}
