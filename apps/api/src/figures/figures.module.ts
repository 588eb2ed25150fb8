import { Module } from '@nestjs/common';
import { FiguresBoard } from './figures-board.ts';

/** What nodes tell of their calls, once a second. */
@Module({ providers: [FiguresBoard], exports: [FiguresBoard] })
export class FiguresModule {}
