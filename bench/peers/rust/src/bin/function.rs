//! The job of `bootstrap`, as a Rust programmer writes it with the AWS SDK, kube and lambda_runtime: count all pods,
//! look for one. Everything that can be kept between invocations is kept.

use std::env;
use std::time::{Duration, SystemTime};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams};
use kube::{Client, Config};
use lambda_runtime::{LambdaEvent, service_fn};
use peer::{Error, TOKEN_LIFE, mint};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Mutex, OnceCell};

const PAGE: u32 = 500;
const EARLY: Duration = Duration::from_secs(300);

#[derive(Deserialize)]
struct Event {
    #[serde(default = "default_namespace")]
    namespace: String,
    #[serde(default = "default_pod")]
    pod: String,
}

fn default_namespace() -> String {
    "default".into()
}

fn default_pod() -> String {
    "example-xxxxx".into()
}

struct Cluster {
    endpoint: String,
    ca: Vec<Vec<u8>>,
}

/// A client and when its token or its credentials are too old.
#[derive(Clone)]
struct Session {
    client: Client,
    until: SystemTime,
}

struct Function {
    cluster_name: String,
    region: String,
    role: Option<String>,
    own: SharedCredentialsProvider,
    eks: aws_sdk_eks::Client,
    sts: aws_sdk_sts::Client,
    cluster: OnceCell<Cluster>,
    credentials: Mutex<Option<Credentials>>,
    session: Mutex<Option<Session>>,
}

impl Function {
    async fn configure() -> Result<Self, Error> {
        let cluster_name = env::var("cluster").map_err(|_| "the variable cluster is not set")?;
        let region = env::var("region").or_else(|_| env::var("AWS_REGION")).map_err(|_| "no region")?;
        let sdk = load_sdk(&region).await;
        Ok(Self {
            cluster_name,
            role: env::var("arn").ok().filter(|arn| !arn.is_empty()),
            own: sdk.credentials_provider().ok_or("no credentials")?,
            eks: aws_sdk_eks::Client::new(&sdk),
            sts: aws_sdk_sts::Client::new(&sdk),
            cluster: OnceCell::new(),
            credentials: Mutex::new(None),
            session: Mutex::new(None),
            region,
        })
    }

    async fn handle(&self, event: Option<Event>) -> Result<Value, Error> {
        let event = event.unwrap_or_else(|| Event { namespace: default_namespace(), pod: default_pod() });
        let client = self.client().await?;
        let pods = count_pods(client.clone()).await?;
        println!("There are {pods} pods in the cluster");
        let found = Api::<Pod>::namespaced(client, &event.namespace).get_opt(&event.pod).await?.is_some();
        if found {
            println!("Found pod {} in namespace {}", event.pod, event.namespace);
        } else {
            println!("Pod {} in namespace {} not found", event.pod, event.namespace);
        }
        Ok(json!({"pods": pods, "pod": {"namespace": event.namespace, "name": event.pod, "found": found}}))
    }

    async fn client(&self) -> Result<Client, Error> {
        let mut kept = self.session.lock().await;
        let now = SystemTime::now();
        if let Some(session) = kept.as_ref().filter(|session| now < session.until) {
            return Ok(session.client.clone());
        }
        let (cluster, credentials) = tokio::try_join!(self.cluster(), self.credentials(now))?;
        let token = mint(&self.cluster_name, &self.region, &credentials, now)?;
        let mut config = Config::new(cluster.endpoint.parse()?);
        config.root_cert = Some(cluster.ca.clone());
        config.auth_info.token = Some(token.into());
        let session = Session { client: Client::try_from(config)?, until: now + TOKEN_LIFE };
        Ok(kept.insert(session).client.clone())
    }

    async fn cluster(&self) -> Result<&Cluster, Error> {
        self.cluster.get_or_try_init(|| self.describe()).await
    }

    async fn describe(&self) -> Result<Cluster, Error> {
        let reply = self.eks.describe_cluster().name(&self.cluster_name).send().await?;
        let cluster = reply.cluster().ok_or("DescribeCluster names no cluster")?;
        let data = cluster.certificate_authority().and_then(|ca| ca.data()).ok_or("the cluster has no CA")?;
        let pem = BASE64_STANDARD.decode(data)?;
        let ca = CertificateDer::pem_slice_iter(&pem)
            .map(|certificate| certificate.map(|der| der.to_vec()))
            .collect::<Result<_, _>>()?;
        let endpoint = cluster.endpoint().ok_or("the cluster has no endpoint")?.to_owned();
        Ok(Cluster { endpoint, ca })
    }

    async fn credentials(&self, now: SystemTime) -> Result<Credentials, Error> {
        let Some(role) = &self.role else {
            return Ok(self.own.provide_credentials().await?);
        };
        let mut kept = self.credentials.lock().await;
        let is_fresh = |c: &&Credentials| c.expiry().is_none_or(|expiry| now + EARLY < expiry);
        if let Some(credentials) = kept.as_ref().filter(is_fresh) {
            return Ok(credentials.clone());
        }
        let session = env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|_| "peer".into());
        let reply = self.sts.assume_role().role_arn(role).role_session_name(session).send().await?;
        let given = reply.credentials().ok_or("AssumeRole gave no credentials")?;
        let credentials = Credentials::new(
            given.access_key_id(),
            given.secret_access_key(),
            Some(given.session_token().to_owned()),
            SystemTime::try_from(*given.expiration()).ok(),
            "AssumeRole",
        );
        Ok(kept.insert(credentials).clone())
    }
}

async fn load_sdk(region: &str) -> SdkConfig {
    let https = Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .http_client(https)
        .load()
        .await
}

async fn count_pods(client: Client) -> Result<usize, Error> {
    let api = Api::<Pod>::all(client);
    let mut parameters = ListParams::default().limit(PAGE);
    let mut count = 0;
    loop {
        let page = api.list(&parameters).await?;
        count += page.items.len();
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => parameters = parameters.continue_token(&token),
            None => return Ok(count),
        }
    }
}

// One thread: a function has a fraction of a core, and one invocation at a time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let function = &Function::configure().await?;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Option<Event>>| async move {
        function.handle(event.payload).await
    }))
    .await
}
