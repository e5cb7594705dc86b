//! A line that can be cut and mended: what is between a server and what it needs.
#![expect(clippy::expect_used, reason = "tests end by panicking")]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// A port that leads to another one as long as the line holds.
pub(crate) struct Line {
    /// Where it begins.
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Bytes that still pass towards the other end; none passes all.
    left: Option<usize>,
    open: Vec<TcpStream>,
}

impl Line {
    pub(crate) fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let begins = listener.local_addr().expect("its address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                join(near, port, &shared);
            }
        });
        Self { port: begins, state }
    }

    /// Nothing passes any more, and what is open breaks off.
    pub(crate) fn cut(&self) {
        self.cut_after(0);
    }

    /// The same after so many more bytes towards the other end.
    pub(crate) fn cut_after(&self, bytes: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.left = Some(bytes);
        if bytes == 0 {
            state.hang_up();
        }
    }

    pub(crate) fn mend(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).left = None;
    }
}

impl State {
    fn hang_up(&mut self) {
        for stream in self.open.drain(..) {
            let _closed_already = stream.shutdown(Shutdown::Both);
        }
    }

    /// How many of these bytes pass.
    fn pass(&mut self, bytes: usize) -> usize {
        let Some(left) = self.left else { return bytes };
        let pass = bytes.min(left);
        self.left = Some(left - pass);
        pass
    }
}

fn join(near: TcpStream, port: u16, shared: &Arc<Mutex<State>>) {
    let far = TcpStream::connect(("127.0.0.1", port));
    let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let Ok(far) = far.map_err(|_| near.shutdown(Shutdown::Both)) else { return };
    if state.left == Some(0) {
        let _closed_already = near.shutdown(Shutdown::Both);
        return;
    }
    let copy = |stream: &TcpStream| stream.try_clone().expect("another handle");
    state.open.extend([copy(&near), copy(&far)]);
    let (back, forth) = ((copy(&far), copy(&near)), Arc::clone(shared));
    std::thread::spawn(move || carry(near, far, Some(&forth)));
    std::thread::spawn(move || carry(back.0, back.1, None));
}

fn carry(mut from: TcpStream, mut to: TcpStream, counted: Option<&Mutex<State>>) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read) = from.read(&mut buffer) {
        let pass = match counted {
            Some(state) => state.lock().unwrap_or_else(PoisonError::into_inner).pass(read),
            None => read,
        };
        if read == 0 || to.write_all(buffer.get(..pass).unwrap_or_default()).is_err() {
            break;
        }
        if pass < read {
            if let Some(state) = counted {
                state.lock().unwrap_or_else(PoisonError::into_inner).hang_up();
            }
            break;
        }
    }
    let _closed_already = to.shutdown(Shutdown::Both);
}
