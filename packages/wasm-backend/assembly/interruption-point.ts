/**
 * The host's: throws where the run is to end, through the kernel. Nothing is held here that a throw would leave behind. Called where some
 * milliseconds of work are done, between block rows and row panels: a call costs some nanoseconds.
 */
@external('env', 'interruptionPoint')
export declare function interruptionPoint(): void;
