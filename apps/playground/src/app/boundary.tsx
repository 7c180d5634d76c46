import { Component, type ComponentChildren } from 'preact';

/** Where a view breaks, the page around it stays, and says so. */
export class Boundary extends Component<{ readonly children: ComponentChildren }, { readonly message?: string }> {
  override state: { readonly message?: string } = {};

  static override getDerivedStateFromError(error: unknown): { readonly message: string } {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    if (this.state.message === undefined) return this.props.children;
    return (
      <div class="problem" role="alert">
        <p>This view has stopped by an error of its own:</p>
        <pre>{this.state.message}</pre>
        <button type="button" onClick={() => this.setState({ message: undefined as never })}>
          Start it again
        </button>
      </div>
    );
  }
}
