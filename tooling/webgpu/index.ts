export { adapterEnvironment } from './environment.ts';
export { startAgain } from './start-again.ts';
export { startDawn } from './start-dawn.ts';
