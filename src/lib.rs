//! Vaidya's shell: HTTP, WebSocket, SQL, files and the clock.
