export { openChromium } from './open-chromium.ts';
export { isolating, type Served, serve } from './serve.ts';
