import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: '/dashboard/',
  plugins: [react()],
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: here('../../dist/apps/dashboard'),
    emptyOutDir: true,
    target: 'es2022',
    // Older ones know no light-dark().
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The page's policy allows no styles or scripts but those of its own files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // test/architecture/dashboard.spec.ts counts what the first page loads, compressed.
    chunkSizeWarningLimit: 1_000,
  },
});
