//! A Kubo node for the tests: a small server that answers as the RPC's reference says
//! (<https://docs.ipfs.tech/reference/kubo/rpc/>), or a real daemon that `VAIDYA_TEST_KUBO` names.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests end by panicking")]

use std::collections::{HashMap, HashSet};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::http::header;
use actix_web::web::{Bytes, Data, PayloadConfig, Query, route};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use iroh_car::CarReader;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What a node has: blocks by their name, and which are pinned.
#[derive(Default)]
pub(crate) struct Having {
    pub(crate) blocks: HashMap<String, Vec<u8>>,
    pub(crate) pins: HashSet<String>,
    /// A disk that takes no more.
    pub(crate) full: bool,
}

/// A node of our own.
pub(crate) struct Kubo {
    pub(crate) port: u16,
    pub(crate) having: Arc<Mutex<Having>>,
    handle: ServerHandle,
}

/// Who is let in, when not everybody is.
#[derive(Clone)]
struct Door(Option<&'static str>);

type Arguments = Query<HashMap<String, String>>;

impl Kubo {
    pub(crate) fn start() -> Self {
        Self::with(None)
    }

    /// One that lets in only who has this `Authorization`.
    pub(crate) fn with(door: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let having = Arc::new(Mutex::new(Having::default()));
        let (shared, door) = (Data::from(Arc::clone(&having)), Data::new(Door(door)));
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || {
                    let app = App::new().app_data(shared.clone()).app_data(door.clone());
                    app.app_data(PayloadConfig::new(64 << 20)).default_service(route().to(command))
                };
                let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { port, having, handle: told.recv().expect("it runs") }
    }
}

impl Drop for Kubo {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// Only POST, only below `/api/v0/`, only for who is let in.
async fn command(
    request: HttpRequest,
    arguments: Arguments,
    body: Bytes,
    having: Data<Mutex<Having>>,
    door: Data<Door>,
) -> HttpResponse {
    let said = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if door.0.is_some() && said != door.0 {
        return HttpResponse::Forbidden().body("403 - Forbidden\n");
    }
    if request.method() != "POST" {
        return HttpResponse::MethodNotAllowed().body("405 - Method Not Allowed\n");
    }
    let sent = multipart(&request, &body);
    let cars = match request.path() {
        "/api/v0/dag/import" => read_car(sent.as_deref().unwrap_or_default()).await,
        _ => None,
    };
    let mut having = having.lock().unwrap();
    let name = || arguments.get("arg").cloned().unwrap_or_default();
    match request.path() {
        "/api/v0/version" => HttpResponse::Ok().json(json!({"Version": "0.39.0", "Commit": "", "Repo": "18"})),
        "/api/v0/block/put" => having.put(&arguments, sent),
        "/api/v0/block/get" => having.find(&name(), &arguments, |block| HttpResponse::Ok().body(block.clone())),
        "/api/v0/block/stat" => having
            .find(&name(), &arguments, |block| HttpResponse::Ok().json(json!({"Key": name(), "Size": block.len()}))),
        "/api/v0/block/rm" => having.remove(&name(), arguments.get("force").is_some_and(|force| force == "true")),
        "/api/v0/pin/rm" => match having.pins.remove(&name()) {
            true => HttpResponse::Ok().json(json!({"Pins": [name()]})),
            false => complaint("not pinned or pinned indirectly"),
        },
        "/api/v0/pin/ls" => match having.pins.contains(&name()) {
            true => HttpResponse::Ok().json(json!({"Keys": {name(): {"Type": "recursive", "Name": ""}}})),
            false => complaint(&format!("path '{}' is not pinned", name())),
        },
        "/api/v0/dag/import" => having.import(&arguments, cars),
        _ => HttpResponse::NotFound().body("404 page not found\n"),
    }
}

fn complaint(message: &str) -> HttpResponse {
    HttpResponse::InternalServerError().json(json!({"Message": message, "Code": 0, "Type": "error"}))
}

impl Having {
    fn put(&mut self, arguments: &Arguments, sent: Option<Vec<u8>>) -> HttpResponse {
        let is = |name: &str, value: &str| arguments.get(name).is_some_and(|given| given == value);
        let Some(block) = sent else { return complaint("file argument 'data' is required") };
        if block.len() > 1 << 20 {
            return complaint("produced block is over 1MiB: big blocks can't be exchanged with other peers");
        }
        if self.full {
            return complaint("write /data/ipfs/blocks/put-1: no space left on device");
        }
        if !is("cid-codec", "raw") || !is("mhtype", "sha2-256") {
            return complaint("another codec than the tests know of");
        }
        let name = name_of(&block);
        let answer = json!({"Key": name, "Size": block.len()});
        if is("pin", "true") {
            self.pins.insert(name.clone());
        }
        self.blocks.insert(name, block);
        HttpResponse::Ok().json(answer)
    }

    fn find(&self, name: &str, arguments: &Arguments, give: impl Fn(&Vec<u8>) -> HttpResponse) -> HttpResponse {
        // A node that is not told to stay offline looks for the block on the network, and never answers here.
        assert_eq!(arguments.get("offline").map(String::as_str), Some("true"), "it would be looked for on the network");
        match self.blocks.get(name) {
            Some(block) => give(block),
            None => complaint(&format!("block was not found locally (offline): ipld: could not find {name}")),
        }
    }

    fn remove(&mut self, name: &str, force: bool) -> HttpResponse {
        let lines = match (self.pins.contains(name), self.blocks.remove(name)) {
            (true, Some(block)) => {
                self.blocks.insert(name.to_owned(), block);
                json!({"Hash": name, "Error": "pinned: recursive"}).to_string()
            }
            (_, Some(_)) => json!({"Hash": name}).to_string(),
            (_, None) if force => String::new(),
            (_, None) => json!({"Hash": name, "Error": format!("ipld: could not find {name}")}).to_string(),
        };
        HttpResponse::Ok().body(format!("{lines}\n"))
    }

    fn import(&mut self, arguments: &Arguments, car: Option<Car>) -> HttpResponse {
        let Some(Car { roots, blocks }) = car else { return complaint("invalid car file") };
        if blocks.iter().any(|(name, block)| name_of(block) != *name) {
            return complaint("mismatch in content integrity");
        }
        self.blocks.extend(blocks);
        let pin = arguments.get("pin-roots").is_none_or(|pin| pin == "true");
        let line = |root: &String| {
            let missing = !self.blocks.contains_key(root);
            let why = if missing { format!("ipld: could not find {root}") } else { String::new() };
            json!({"Root": {"Cid": {"/": root}, "PinErrorMsg": why}}).to_string()
        };
        let lines: Vec<String> = roots.iter().filter(|_| pin).map(line).collect();
        self.pins.extend(roots);
        HttpResponse::Ok().body(lines.join("\n"))
    }
}

struct Car {
    roots: Vec<String>,
    blocks: HashMap<String, Vec<u8>>,
}

async fn read_car(bytes: &[u8]) -> Option<Car> {
    let mut car = CarReader::new(bytes).await.ok()?;
    let roots = car.header().roots().iter().map(ToString::to_string).collect();
    let mut blocks = HashMap::new();
    while let Some((cid, block)) = car.next_block().await.ok()? {
        blocks.insert(cid.to_string(), block);
    }
    Some(Car { roots, blocks })
}

/// The name of a raw block, made another way than ours.
fn name_of(block: &[u8]) -> String {
    let digest = cid::multihash::Multihash::<64>::wrap(0x12, &Sha256::digest(block)).unwrap();
    cid::Cid::new_v1(0x55, digest).to_string()
}

/// The one file of a form (RFC 7578).
fn multipart(request: &HttpRequest, body: &[u8]) -> Option<Vec<u8>> {
    let kind = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let boundary = format!("--{}", kind.strip_prefix("multipart/form-data; boundary=")?.trim_matches('"'));
    let find = |what: &[u8], from: usize| {
        body.get(from..)?.windows(what.len()).position(|part| part == what).map(|at| at + from)
    };
    let begins = find(b"\r\n\r\n", find(boundary.as_bytes(), 0)?)? + 4;
    let ends = find(format!("\r\n{boundary}").as_bytes(), begins)?;
    Some(body.get(begins..ends)?.to_vec())
}

/// A line of a pin listing, as a real node or ours gives it.
pub(crate) async fn is_pinned(url: &str, name: &str) -> bool {
    let asked = format!("{url}/api/v0/pin/ls?arg={name}&type=recursive");
    let answer = reqwest::Client::new().post(asked).send().await.unwrap();
    let told: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    told.pointer(&format!("/Keys/{name}/Type")).is_some_and(|kind| kind == "recursive")
}
