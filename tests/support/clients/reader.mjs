// A client that reads the published file again and again, in Node: the native package, or the one
// of browsers (WebAssembly). `node reader.mjs KIND VERSION PUBLISHED QUESTIONS STOP`, as reader.py.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const [kind, version, published, questions, stop] = process.argv.slice(2)
// the packages lie in another folder than this file
const require = createRequire(join(process.env.CLIENTS, 'package.json'))

async function byNode() {
  const { DuckDBInstance } = require('@duckdb/node-api')
  return async (asked) => {
    const database = await DuckDBInstance.create(published, { access_mode: 'READ_ONLY' })
    const connection = await database.connect()
    try {
      const answers = []
      for (const question of asked) {
        answers.push(String((await connection.runAndReadAll(question)).getRows()[0][0]))
      }
      return answers
    } finally {
      connection.closeSync()
      database.closeSync()
    }
  }
}

async function byWasm() {
  const duckdb = require('@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs')
  const dist = dirname(require.resolve('@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs'))
  const bundle = {
    mainModule: join(dist, 'duckdb-eh.wasm'),
    mainWorker: join(dist, 'duckdb-node-eh.worker.cjs'),
  }
  const database = await duckdb.createDuckDB(
    { mvp: bundle, eh: bundle }, new duckdb.VoidLogger(), duckdb.NODE_RUNTIME)
  await database.instantiate()
  return async (asked) => {
    // as a page does: the whole file is fetched first
    database.registerFileBuffer('baophu.duckdb', readFileSync(published))
    database.open({ path: 'baophu.duckdb', accessMode: duckdb.DuckDBAccessMode.READ_ONLY })
    const connection = database.connect()
    try {
      return asked.map((question) => String(connection.query(question).getChildAt(0).get(0)))
    } finally {
      connection.close()
      database.reset()
      database.dropFile('baophu.duckdb')
    }
  }
}

const ask = await { node: byNode, wasm: byWasm }[kind]()
const asked = JSON.parse(readFileSync(questions, 'utf-8'))
const [own] = await ask(["select version()"])
if (!own.startsWith(`v${version}`)) throw new Error(own)
const seen = new Map()
const trouble = []
let opened = 0
console.log('ready')
while (opened + trouble.length === 0 || !existsSync(stop)) {
  try {
    const answers = await ask(asked)
    opened += 1
    seen.set(JSON.stringify(answers), answers)
  } catch (error) {
    trouble.push(String(error))
  }
  await setTimeout(3000)
}
console.log(JSON.stringify({ opened, seen: [...seen.values()], trouble }))
process.exit(0)
