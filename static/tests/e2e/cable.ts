/** A cable between the browsers and the server that can be cut and mended: plain TCP, both ways, nothing looked at. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Cable {
  private readonly ends = new Set<Socket>();
  private whole = true;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /** Lays a cable to a port that may be known only later. */
  static async lay(to: () => number): Promise<Cable> {
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const address = server.address();
    if (typeof address !== 'object' || !address) throw new Error('the cable has no port');
    const cable = new Cable(server, address.port);
    server.on('connection', (near) => cable.carry(near, to()));
    return cable;
  }

  /** Cuts it: what is under way is lost, and nothing new comes through. */
  cut(): void {
    this.whole = false;
    for (const end of this.ends) end.destroy();
  }

  mend(): void {
    this.whole = true;
  }

  async remove(): Promise<void> {
    this.cut();
    await new Promise((closed) => this.server.close(closed));
  }

  private carry(near: Socket, port: number): void {
    if (!this.whole) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    for (const [end, other] of [[near, far], [far, near]] as const) {
      this.ends.add(end);
      end.setNoDelay(true);
      end.on('error', () => other.destroy()); // a cut end tells the other by closing it
      end.on('close', () => {
        this.ends.delete(end);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }
}
