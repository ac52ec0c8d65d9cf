//! The component, compiled once, and an instance of it for each request.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::error::{Context as _, format_err};
use wasmtime::{Engine, Result, Store};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::options::Options;

/// What one instance may use.
struct Guest {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: wasmtime_wasi_http::default_hooks(),
        }
    }
}

struct Host {
    component: ProxyPre<Guest>,
    options: Options,
}

/// Prints what the component imports.
pub(crate) fn imports(options: &Options) -> Result<()> {
    let engine = Engine::default();
    let component = Component::from_file(&engine, &options.component)?;
    let mut out = std::io::stdout().lock();
    for (name, _) in component.component_type().imports(&engine) {
        std::io::Write::write_fmt(&mut out, format_args!("{name}\n"))?;
    }
    Ok(())
}

/// Answers until the process is ended.
pub(crate) async fn serve(options: Options) -> Result<()> {
    let engine = Engine::default();
    let component = Component::from_file(&engine, &options.component)?;
    let mut linker = Linker::<Guest>::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    let component = ProxyPre::new(linker.instantiate_pre(&component)?)?;
    let host = Arc::new(Host { component, options });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(connection(Arc::clone(&host), stream));
    }
}

async fn connection(host: Arc<Host>, stream: TcpStream) {
    let service = service_fn(|request| {
        let host = Arc::clone(&host);
        async move {
            host.answer(request)
                .await
                .inspect_err(|error| eprintln!("{error:?}"))
        }
    });
    if let Err(error) = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
    {
        eprintln!("connection: {error}");
    }
}

impl Host {
    fn guest(&self) -> Result<Guest> {
        let mut wasi = WasiCtx::builder();
        wasi.inherit_stdout()
            .inherit_stderr()
            .envs(&self.options.env);
        if let Some(data) = &self.options.data {
            wasi.preopened_dir(data, "/data", FsPerms::ReadOnly)?;
        }
        Ok(Guest {
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            table: ResourceTable::new(),
        })
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<HyperOutgoingBody>> {
        let mut store = Store::new(self.component.engine(), self.guest()?);
        let (sender, receiver) = oneshot::channel();
        let request = store
            .data_mut()
            .http()
            .new_incoming_request(Scheme::Http, request)?;
        let out = store.data_mut().http().new_response_outparam(sender)?;
        let instance = self.component.instantiate_async(&mut store).await?;
        // The guest goes on writing the body after it has set the head, so it needs a task of its own.
        let task = tokio::spawn(async move {
            instance
                .wasi_http_incoming_handler()
                .call_handle(store, request, out)
                .await
        });
        if let Ok(response) = receiver.await {
            return response.map_err(|code| format_err!("the component answered {code:?}"));
        }
        task.await?.context("the component trapped")?;
        Err(format_err!("the component set no response"))
    }
}
