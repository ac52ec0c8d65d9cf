//! An identity provider that publishes the test keys.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use crate::tokens::JWKS;

/// Serves the key set on the loopback address until the process ends.
///
/// # Panics
/// If no port is free.
#[must_use]
pub fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            // Whatever is asked: the answer is the key set. A client that hangs up is none of its business.
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{JWKS}",
                JWKS.len()
            );
        }
    });
    address
}
