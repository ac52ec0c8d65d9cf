// A Worker that does nothing: what starting workerd and asking it costs without Nearcast.
export default { fetch: () => new Response("ok") };
