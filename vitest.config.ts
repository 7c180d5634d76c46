import { defineConfig } from 'vitest/config';

// Vitest leaves one core idle when nobody says otherwise: half of a machine of two.
export default defineConfig({ test: { projects: ['packages/*', 'apps/*', 'tooling', 'tooling/exports'], maxWorkers: '100%' } });
