import { Module } from '@nestjs/common';
import { TOKENS } from '../tokens.ts';
import type { ApiSettings } from '../tokens.ts';
import { PageFiles } from './page-files.ts';
import { PagesController } from './pages.controller.ts';
import { SessionController } from './session.controller.ts';
import { SessionDesk } from './session-desk.ts';

const pageFiles = {
  provide: PageFiles,
  useFactory: async ({ dashboardFolder }: ApiSettings): Promise<PageFiles> =>
    await PageFiles.read(dashboardFolder),
  inject: [TOKENS.settings],
};

/** `/dashboard`: its files, and signing in. */
@Module({
  controllers: [SessionController, PagesController],
  providers: [SessionDesk, pageFiles],
  exports: [PageFiles],
})
export class DashboardModule {}
