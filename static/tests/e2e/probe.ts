/** What runs inside the page to see what it hears: every RTCPeerConnection is remembered, and its statistics read. */

/** One incoming stream of sound or pictures, as `getStats` counts it since its connection began. */
export interface Incoming {
  /** The same for the same stream of the same connection. */
  id: string;
  kind: 'audio' | 'video';
  packets: number;
  /** Pictures decoded; 0 for sound. */
  frames: number;
  /** Sum of the squared loudness of what was heard; 0 for pictures. */
  energy: number;
}

declare global {
  interface Window {
    probe: { connections: RTCPeerConnection[]; incoming: () => Promise<Incoming[]> };
  }
}

/** Installed before the page's own scripts. */
export function install(): void {
  const connections: RTCPeerConnection[] = [];
  const Plain = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Plain {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
  async function incoming(): Promise<Incoming[]> {
    const found: Incoming[] = [];
    for (const [index, connection] of connections.entries()) {
      if (connection.connectionState === 'closed') continue;
      for (const [, row] of await connection.getStats()) {
        if (row.type !== 'inbound-rtp') continue;
        found.push({
          id: `${index}/${row.mid}/${row.ssrc}`,
          kind: row.kind,
          packets: row.packetsReceived ?? 0,
          frames: row.framesDecoded ?? 0,
          energy: row.totalAudioEnergy ?? 0,
        });
      }
    }
    return found;
  }
  window.probe = { connections, incoming };
}
