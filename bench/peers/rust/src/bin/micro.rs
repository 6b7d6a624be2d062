//! `micro token COUNT` and `micro decode FILE COUNT`: CPU time of single steps, as `name value unit` lines.

use std::time::{Duration, SystemTime};
use std::{env, fs, hint};

use aws_credential_types::Credentials;
use k8s_openapi::api::core::v1::Pod;
use peer::{Error, mint};
use serde::Deserialize;
use serde::de::IgnoredAny;

fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes one timespec, which it is given.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The shortest of `count` runs: on a busy machine the one that was disturbed least.
fn shortest(count: usize, mut run: impl FnMut()) -> Duration {
    (0..count)
        .map(|_| {
            let start = cpu_time();
            run();
            cpu_time() - start
        })
        .min()
        .unwrap_or_default()
}

fn tokens(count: u32) -> Result<(), Error> {
    let session = "s".repeat(600);
    let credentials = Credentials::new(
        "ASIAEXAMPLEEXAMPLE00",
        "secret/of/forty/characters/for/example00",
        Some(session),
        None,
        "bench",
    );
    let now = SystemTime::now();
    mint("bench", "eu-west-1", &credentials, now)?;
    let time = shortest(5, || {
        for second in 0..count {
            let token = mint("bench", "eu-west-1", &credentials, now + Duration::from_secs(second.into()));
            hint::black_box(token).ok();
        }
    });
    println!("token {:.2} us", time.as_secs_f64() * 1e6 / f64::from(count));
    Ok(())
}

#[derive(Deserialize)]
struct Counted {
    items: Vec<IgnoredAny>,
}

fn decode(file: &str, count: usize) -> Result<(), Error> {
    let json = fs::read(file)?;
    let speed = |time: Duration| json.len() as f64 / 1e6 / time.as_secs_f64();
    let typed = shortest(count, || {
        let list: kube::core::ObjectList<Pod> = serde_json::from_slice(&json).expect("a list of pods");
        hint::black_box(list.items.len());
    });
    println!("typed {:.0} MB/s", speed(typed));
    let skipped = shortest(count, || {
        let list: Counted = serde_json::from_slice(&json).expect("a list");
        hint::black_box(list.items.len());
    });
    println!("count {:.0} MB/s", speed(skipped));
    Ok(())
}

fn main() -> Result<(), Error> {
    let args: Vec<String> = env::args().collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [_, "token", count] => tokens(count.parse()?),
        [_, "decode", file, count] => decode(file, count.parse()?),
        _ => Err("usage: micro token COUNT | micro decode FILE COUNT".into()),
    }
}
