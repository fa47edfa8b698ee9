<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
    <context>
        <name>Dialogs</name>
        <message>
            <source>Save Changes?</source>
            <translation>Änderungen speichern?</translation>
        </message>
        <message>
            <source>“%1” has changes that are not saved.</source>
            <translation>„%1“ hat Änderungen, die nicht gespeichert sind.</translation>
        </message>
    </context>
    <context>
        <name>QTableView</name>
        <message>
            <source>Copy Rows</source>
            <translation>Zeilen kopieren</translation>
        </message>
    </context>
    <context>
        <name>engine</name>
        <message>
            <source>fits</source>
            <translation>passt</translation>
        </message>
        <message>
            <source>fits-with-streaming</source>
            <translation>passt mit Lesen vom Laufwerk</translation>
        </message>
        <message>
            <source>fits-with-changes</source>
            <translation>passt mit einer Änderung</translation>
        </message>
        <message>
            <source>does-not-fit</source>
            <translation>passt nicht</translation>
        </message>
        <message>
            <source>fits with streaming</source>
            <translation>passt mit Lesen vom Laufwerk</translation>
        </message>
        <message>
            <source>fits with changes</source>
            <translation>passt mit einer Änderung</translation>
        </message>
        <message>
            <source>does not fit</source>
            <translation>passt nicht</translation>
        </message>
        <message>
            <source>does not fit either</source>
            <translation>passt auch nicht</translation>
        </message>
        <message>
            <source>fits into memory then</source>
            <translation>passt dann in den Speicher</translation>
        </message>
        <message>
            <source>FITS</source>
            <translation>PASST</translation>
        </message>
        <message>
            <source>FITS WITH STREAMING</source>
            <translation>PASST MIT LESEN VOM LAUFWERK</translation>
        </message>
        <message>
            <source>FITS WITH CHANGES</source>
            <translation>PASST MIT EINER ÄNDERUNG</translation>
        </message>
        <message>
            <source>DOES NOT FIT</source>
            <translation>PASST NICHT</translation>
        </message>
        <message>
            <source>decode</source>
            <translation>Dekodieren</translation>
        </message>
        <message>
            <source>decode, each sequence</source>
            <translation>Dekodieren, jede Sequenz</translation>
        </message>
        <message>
            <source>throughput of the batch</source>
            <translation>Durchsatz des Batches</translation>
        </message>
        <message>
            <source>prefill</source>
            <translation>Prefill</translation>
        </message>
        <message>
            <source>time to first token</source>
            <translation>Zeit bis zum ersten Token</translation>
        </message>
        <message>
            <source>whole answer</source>
            <translation>ganze Antwort</translation>
        </message>
        <message>
            <source>power</source>
            <translation>Leistung</translation>
        </message>
        <message>
            <source>energy per token</source>
            <translation>Energie je Token</translation>
        </message>
        <message>
            <source>cache hit rate</source>
            <translation>Trefferrate des Caches</translation>
        </message>
        <message>
            <source>price</source>
            <translation>Preis</translation>
        </message>
        <message>
            <source>throughput of the replicas in service</source>
            <translation>Durchsatz der Repliken im Dienst</translation>
        </message>
        <message>
            <source>availability of one replica</source>
            <translation>Verfügbarkeit einer Replik</translation>
        </message>
        <message>
            <source>availability of the service</source>
            <translation>Verfügbarkeit des Dienstes</translation>
        </message>
        <message>
            <source>down</source>
            <translation>Ausfall</translation>
        </message>
        <message>
            <source>requests lost</source>
            <translation>verlorene Anfragen</translation>
        </message>
        <message>
            <source>memory</source>
            <translation>Speicher</translation>
        </message>
        <message>
            <source>speed</source>
            <translation>Geschwindigkeit</translation>
        </message>
        <message>
            <source>faster than people read</source>
            <translation>schneller, als Menschen lesen</translation>
        </message>
        <message>
            <source>about as fast as people read</source>
            <translation>etwa so schnell, wie Menschen lesen</translation>
        </message>
        <message>
            <source>slower than people read</source>
            <translation>langsamer, als Menschen lesen</translation>
        </message>
        <message>
            <source>faster</source>
            <translation>schneller</translation>
        </message>
        <message>
            <source>slower</source>
            <translation>langsamer</translation>
        </message>
        <message>
            <source>not known</source>
            <translation>nicht bekannt</translation>
        </message>
        <message>
            <source>nothing</source>
            <translation>nichts</translation>
        </message>
        <message>
            <source>decode_tokens_per_second</source>
            <translation>Dekodieren</translation>
        </message>
        <message>
            <source>throughput_tokens_per_second</source>
            <translation>Durchsatz</translation>
        </message>
        <message>
            <source>prefill_tokens_per_second</source>
            <translation>Prefill</translation>
        </message>
        <message>
            <source>time_to_first_token_s</source>
            <translation>Zeit bis zum ersten Token</translation>
        </message>
        <message>
            <source>total_time_s</source>
            <translation>ganze Antwort</translation>
        </message>
        <message>
            <source>power_w</source>
            <translation>Leistung</translation>
        </message>
        <message>
            <source>energy_per_token_j</source>
            <translation>Energie je Token</translation>
        </message>
        <message>
            <source>price_usd</source>
            <translation>Preis</translation>
        </message>
        <message>
            <source>cache_hit_rate</source>
            <translation>Trefferrate des Caches</translation>
        </message>
        <message>
            <source>GPU memory</source>
            <translation>GPU-Speicher</translation>
        </message>
        <message>
            <source>GPU %1 memory</source>
            <translation>Speicher der GPU %1</translation>
        </message>
        <message>
            <source>GPU memory, each</source>
            <translation>GPU-Speicher, je</translation>
        </message>
        <message>
            <source>GPU %1-%2 memory, each</source>
            <translation>Speicher der GPUs %1-%2, je</translation>
        </message>
        <message>
            <source>main memory</source>
            <translation>Hauptspeicher</translation>
        </message>
        <message>
            <source>main memory, each</source>
            <translation>Hauptspeicher, je</translation>
        </message>
        <message>
            <source>unified memory</source>
            <translation>gemeinsamer Speicher</translation>
        </message>
        <message>
            <source>unified memory, each</source>
            <translation>gemeinsamer Speicher, je</translation>
        </message>
        <message>
            <source>node %1</source>
            <translation>Knoten %1</translation>
        </message>
        <message>
            <source>node %1-%2</source>
            <translation>Knoten %1-%2</translation>
        </message>
        <message>
            <source>node %1, unified memory</source>
            <translation>Knoten %1, gemeinsamer Speicher</translation>
        </message>
        <message>
            <source>node %1-%2, unified memory, each</source>
            <translation>Knoten %1-%2, gemeinsamer Speicher, je</translation>
        </message>
        <message>
            <source>node %1, GPU memory</source>
            <translation>Knoten %1, GPU-Speicher</translation>
        </message>
        <message>
            <source>node %1-%2, GPU memory, each</source>
            <translation>Knoten %1-%2, GPU-Speicher, je</translation>
        </message>
        <message>
            <source>node %1, main memory</source>
            <translation>Knoten %1, Hauptspeicher</translation>
        </message>
        <message>
            <source>node %1-%2, main memory, each</source>
            <translation>Knoten %1-%2, Hauptspeicher, je</translation>
        </message>
        <message>
            <source>node %1-%2, GPU %3-%4 memory, each</source>
            <translation>Knoten %1-%2, Speicher der GPUs %3-%4, je</translation>
        </message>
        <message>
            <source>weights: attention</source>
            <translation>Gewichte: Attention</translation>
        </message>
        <message>
            <source>weights: dense FFN</source>
            <translation>Gewichte: dichtes FFN</translation>
        </message>
        <message>
            <source>weights: linear attention</source>
            <translation>Gewichte: lineare Attention</translation>
        </message>
        <message>
            <source>weights: norms</source>
            <translation>Gewichte: Normen</translation>
        </message>
        <message>
            <source>weights: output</source>
            <translation>Gewichte: Ausgabe</translation>
        </message>
        <message>
            <source>weights: routed experts</source>
            <translation>Gewichte: geroutete Experten</translation>
        </message>
        <message>
            <source>weights: router</source>
            <translation>Gewichte: Router</translation>
        </message>
        <message>
            <source>weights: shared expert</source>
            <translation>Gewichte: gemeinsamer Experte</translation>
        </message>
        <message>
            <source>weights: token embedding</source>
            <translation>Gewichte: Token-Einbettung</translation>
        </message>
        <message>
            <source>weights</source>
            <translation>Gewichte</translation>
        </message>
        <message>
            <source>KV cache</source>
            <translation>KV-Cache</translation>
        </message>
        <message>
            <source>KV cache and state</source>
            <translation>KV-Cache und Zustand</translation>
        </message>
        <message>
            <source>compute buffers</source>
            <translation>Rechenpuffer</translation>
        </message>
        <message>
            <source>engine overhead</source>
            <translation>Aufwand der Engine</translation>
        </message>
        <message>
            <source>operating system</source>
            <translation>Betriebssystem</translation>
        </message>
        <message>
            <source>other programs</source>
            <translation>andere Programme</translation>
        </message>
        <message>
            <source>buffers for experts being read</source>
            <translation>Puffer für Experten, die gelesen werden</translation>
        </message>
        <message>
            <source>page cache: experts</source>
            <translation>Seitencache: Experten</translation>
        </message>
        <message>
            <source>page cache: weights</source>
            <translation>Seitencache: Gewichte</translation>
        </message>
        <message>
            <source>the engine's cache of experts</source>
            <translation>der Expertencache der Engine</translation>
        </message>
        <message>
            <source>%1 small parts</source>
            <translation>%1 kleine Teile</translation>
        </message>
        <message>
            <source>%1 small part</source>
            <translation>%1 kleiner Teil</translation>
        </message>
        <message>
            <source>free</source>
            <translation>frei</translation>
        </message>
        <message>
            <source>missing</source>
            <translation>fehlt</translation>
        </message>
        <message>
            <source>withheld by the limit</source>
            <translation>von der Grenze vorenthalten</translation>
        </message>
        <message>
            <source>CPU</source>
            <translation>CPU</translation>
        </message>
        <message>
            <source>GPU</source>
            <translation>GPU</translation>
        </message>
        <message>
            <source>NPU</source>
            <translation>NPU</translation>
        </message>
        <message>
            <source>host</source>
            <translation>Host</translation>
        </message>
        <message>
            <source>link</source>
            <translation>Verbindung</translation>
        </message>
        <message>
            <source>other</source>
            <translation>anderes</translation>
        </message>
        <message>
            <source>GPU %1</source>
            <translation>GPU %1</translation>
        </message>
        <message>
            <source>CPU %1</source>
            <translation>CPU %1</translation>
        </message>
        <message>
            <source>CPU memory bandwidth</source>
            <translation>Speicherbandbreite der CPU</translation>
        </message>
        <message>
            <source>CPU compute</source>
            <translation>Rechenleistung der CPU</translation>
        </message>
        <message>
            <source>GPU memory bandwidth</source>
            <translation>Speicherbandbreite der GPU</translation>
        </message>
        <message>
            <source>GPU compute</source>
            <translation>Rechenleistung der GPU</translation>
        </message>
        <message>
            <source>GPU commands</source>
            <translation>Befehle der GPU</translation>
        </message>
        <message>
            <source>calls between machines</source>
            <translation>Aufrufe zwischen Maschinen</translation>
        </message>
        <message>
            <source>copies out of the page cache</source>
            <translation>Kopien aus dem Seitencache</translation>
        </message>
        <message>
            <source>host work</source>
            <translation>Arbeit des Hosts</translation>
        </message>
        <message>
            <source>host work per step</source>
            <translation>Arbeit des Hosts je Schritt</translation>
        </message>
        <message>
            <source>host thread</source>
            <translation>Thread des Hosts</translation>
        </message>
        <message>
            <source>kernel launches</source>
            <translation>Kernelstarts</translation>
        </message>
        <message>
            <source>launch gaps</source>
            <translation>Lücken zwischen Kernelstarts</translation>
        </message>
        <message>
            <source>link bandwidth</source>
            <translation>Bandbreite der Verbindung</translation>
        </message>
        <message>
            <source>link latency</source>
            <translation>Latenz der Verbindung</translation>
        </message>
        <message>
            <source>synchronisation and submission</source>
            <translation>Synchronisation und Übergabe</translation>
        </message>
        <message>
            <source>the drive</source>
            <translation>das Laufwerk</translation>
        </message>
        <message>
            <source>drive</source>
            <translation>Laufwerk</translation>
        </message>
        <message>
            <source>page faults</source>
            <translation>Seitenfehler</translation>
        </message>
        <message>
            <source>waking up the host</source>
            <translation>Wecken des Hosts</translation>
        </message>
        <message>
            <source>read calls</source>
            <translation>Leseaufrufe</translation>
        </message>
        <message>
            <source>reads of what no cache holds</source>
            <translation>Lesen dessen, was kein Cache hält</translation>
        </message>
        <message>
            <source>the engine's own work</source>
            <translation>eigene Arbeit der Engine</translation>
        </message>
        <message>
            <source>submission of commands</source>
            <translation>Übergabe von Befehlen</translation>
        </message>
        <message>
            <source>memory limit</source>
            <translation>Speichergrenze</translation>
        </message>
        <message>
            <source>attention</source>
            <translation>Attention</translation>
        </message>
        <message>
            <source>attention projections</source>
            <translation>Projektionen der Attention</translation>
        </message>
        <message>
            <source>linear attention</source>
            <translation>lineare Attention</translation>
        </message>
        <message>
            <source>collective</source>
            <translation>kollektiver Austausch</translation>
        </message>
        <message>
            <source>all-reduce</source>
            <translation>All-Reduce</translation>
        </message>
        <message>
            <source>dense FFN</source>
            <translation>dichtes FFN</translation>
        </message>
        <message>
            <source>embedding</source>
            <translation>Einbettung</translation>
        </message>
        <message>
            <source>normalisation</source>
            <translation>Normalisierung</translation>
        </message>
        <message>
            <source>output head</source>
            <translation>Ausgabekopf</translation>
        </message>
        <message>
            <source>pointwise</source>
            <translation>elementweise</translation>
        </message>
        <message>
            <source>routed experts</source>
            <translation>geroutete Experten</translation>
        </message>
        <message>
            <source>router</source>
            <translation>Router</translation>
        </message>
        <message>
            <source>shared expert</source>
            <translation>gemeinsamer Experte</translation>
        </message>
        <message>
            <source>router and shared expert</source>
            <translation>Router und gemeinsamer Experte</translation>
        </message>
        <message>
            <source>scheduling and sampling</source>
            <translation>Planung und Sampling</translation>
        </message>
        <message>
            <source>transfer</source>
            <translation>Übertragung</translation>
        </message>
        <message>
            <source>token</source>
            <translation>Token</translation>
        </message>
        <message>
            <source>chunk of the prompt</source>
            <translation>Stück des Prompts</translation>
        </message>
        <message>
            <source>layer %1</source>
            <translation>Schicht %1</translation>
        </message>
        <message>
            <source>prompt</source>
            <translation>Prompt</translation>
        </message>
        <message>
            <source>answer</source>
            <translation>Antwort</translation>
        </message>
        <message>
            <source>hit rate</source>
            <translation>Trefferrate</translation>
        </message>
        <message>
            <source>rate</source>
            <translation>Rate</translation>
        </message>
        <message>
            <source>case temperature</source>
            <translation>Gehäusetemperatur</translation>
        </message>
        <message>
            <source>speed that heat allows</source>
            <translation>Geschwindigkeit, die die Wärme zulässt</translation>
        </message>
        <message>
            <source>reads</source>
            <translation>Lesevorgänge</translation>
        </message>
        <message>
            <source>flush results</source>
            <translation>Ergebnisse zurückschreiben</translation>
        </message>
        <message>
            <source>softmax and top-k</source>
            <translation>Softmax und Top-k</translation>
        </message>
        <message>
            <source>attention, waited for</source>
            <translation>Attention, auf die gewartet wird</translation>
        </message>
        <message>
            <source>router, waited for</source>
            <translation>Router, auf den gewartet wird</translation>
        </message>
        <message>
            <source>experts, not waited for</source>
            <translation>Experten, auf die nicht gewartet wird</translation>
        </message>
        <message>
            <source>resident</source>
            <translation>im Speicher</translation>
        </message>
        <message>
            <source>cold</source>
            <translation>kalt</translation>
        </message>
        <message>
            <source>loaded</source>
            <translation>geladen</translation>
        </message>
        <message>
            <source>warm</source>
            <translation>warm</translation>
        </message>
        <message>
            <source>quantization</source>
            <translation>Quantisierung</translation>
        </message>
        <message>
            <source>system</source>
            <translation>Maschine</translation>
        </message>
        <message>
            <source>machines</source>
            <translation>Maschinen</translation>
        </message>
        <message>
            <source>context</source>
            <translation>Kontext</translation>
        </message>
        <message>
            <source>batch</source>
            <translation>Batch</translation>
        </message>
        <message>
            <source>placement</source>
            <translation>Platzierung</translation>
        </message>
        <message>
            <source>experts</source>
            <translation>Experten</translation>
        </message>
        <message>
            <source>cache format</source>
            <translation>Cacheformat</translation>
        </message>
        <message>
            <source>engine</source>
            <translation>Engine</translation>
        </message>
        <message>
            <source>backend</source>
            <translation>Backend</translation>
        </message>
        <message>
            <source>cache</source>
            <translation>Cache</translation>
        </message>
        <message>
            <source>prefetch</source>
            <translation>Vorauslesen</translation>
        </message>
        <message>
            <source>threads</source>
            <translation>Threads</translation>
        </message>
        <message>
            <source>replicas</source>
            <translation>Repliken</translation>
        </message>
        <message>
            <source>access</source>
            <translation>Zugriff</translation>
        </message>
        <message>
            <source>limit</source>
            <translation>Grenze</translation>
        </message>
        <message>
            <source>Claimed or uncertain</source>
            <translation>Behauptet oder unsicher</translation>
        </message>
        <message>
            <source>Chosen by default</source>
            <translation>Vorgaben</translation>
        </message>
        <message>
            <source>Fitted</source>
            <translation>Angepasst</translation>
        </message>
        <message>
            <source>Measured</source>
            <translation>Gemessen</translation>
        </message>
        <message>
            <source>Datasheet</source>
            <translation>Datenblatt</translation>
        </message>
        <message>
            <source>Unsorted</source>
            <translation>Sonstige</translation>
        </message>
        <message>
            <source>datasheet</source>
            <translation>Datenblatt</translation>
        </message>
        <message>
            <source>measured</source>
            <translation>gemessen</translation>
        </message>
        <message>
            <source>fitted</source>
            <translation>angepasst</translation>
        </message>
        <message>
            <source>claimed</source>
            <translation>behauptet</translation>
        </message>
        <message>
            <source>default</source>
            <translation>Vorgabe</translation>
        </message>
        <message>
            <source>high</source>
            <translation>hoch</translation>
        </message>
        <message>
            <source>medium</source>
            <translation>mittel</translation>
        </message>
        <message>
            <source>low</source>
            <translation>niedrig</translation>
        </message>
        <message>
            <source>low confidence</source>
            <translation>geringes Vertrauen</translation>
        </message>
        <message>
            <source>datasheet, low confidence</source>
            <translation>Datenblatt, geringes Vertrauen</translation>
        </message>
        <message>
            <source>measured, low confidence</source>
            <translation>gemessen, geringes Vertrauen</translation>
        </message>
        <message>
            <source>fitted, low confidence</source>
            <translation>angepasst, geringes Vertrauen</translation>
        </message>
        <message>
            <source>claimed, low confidence</source>
            <translation>behauptet, geringes Vertrauen</translation>
        </message>
        <message>
            <source>the engine's default</source>
            <translation>die Vorgabe der Engine</translation>
        </message>
        <message>
            <source>auto</source>
            <translation>automatisch</translation>
        </message>
        <message>
            <source>single</source>
            <translation>ein Beschleuniger</translation>
        </message>
        <message>
            <source>cpu</source>
            <translation>CPU</translation>
        </message>
        <message>
            <source>layer_split</source>
            <translation>Schichten verteilt</translation>
        </message>
        <message>
            <source>row_split</source>
            <translation>Zeilen verteilt</translation>
        </message>
        <message>
            <source>tensor_parallel</source>
            <translation>tensorparallel</translation>
        </message>
        <message>
            <source>pipeline_parallel</source>
            <translation>Pipeline</translation>
        </message>
        <message>
            <source>expert_parallel</source>
            <translation>Experten verteilt</translation>
        </message>
        <message>
            <source>cpu_layers</source>
            <translation>Schichten auf der CPU</translation>
        </message>
        <message>
            <source>cpu_experts</source>
            <translation>Experten auf der CPU</translation>
        </message>
        <message>
            <source>streamed</source>
            <translation>vom Laufwerk</translation>
        </message>
        <message>
            <source>star</source>
            <translation>Stern</translation>
        </message>
        <message>
            <source>chain</source>
            <translation>Kette</translation>
        </message>
        <message>
            <source>ring</source>
            <translation>Ring</translation>
        </message>
        <message>
            <source>mesh</source>
            <translation>Masche</translation>
        </message>
        <message>
            <source>buy</source>
            <translation>kaufen</translation>
        </message>
        <message>
            <source>rent</source>
            <translation>mieten</translation>
        </message>
        <message>
            <source>own</source>
            <translation>eigene</translation>
        </message>
        <message>
            <source>true</source>
            <translation>ja</translation>
        </message>
        <message>
            <source>false</source>
            <translation>nein</translation>
        </message>
        <message>
            <source>tokens</source>
            <translation>Token</translation>
        </message>
        <message>
            <source>sequences</source>
            <translation>Sequenzen</translation>
        </message>
        <message>
            <source>layers</source>
            <translation>Schichten</translation>
        </message>
        <message>
            <source>tokens a month</source>
            <translation>Token im Monat</translation>
        </message>
        <message>
            <source>requests a month</source>
            <translation>Anfragen im Monat</translation>
        </message>
        <message>
            <source>switch</source>
            <translation>Switch</translation>
        </message>
        <message>
            <source>model</source>
            <translation>Modell</translation>
        </message>
        <message>
            <source>parameters</source>
            <translation>Parameter</translation>
        </message>
        <message>
            <source>licence</source>
            <translation>Lizenz</translation>
        </message>
        <message>
            <source>size</source>
            <translation>Größe</translation>
        </message>
        <message>
            <source>bits</source>
            <translation>Bit</translation>
        </message>
        <message>
            <source>years</source>
            <translation>Jahre</translation>
        </message>
        <message>
            <source>devices</source>
            <translation>Geräte</translation>
        </message>
        <message>
            <source>kind</source>
            <translation>Art</translation>
        </message>
        <message>
            <source>name</source>
            <translation>Name</translation>
        </message>
        <message>
            <source>clear</source>
            <translation>deutlich</translation>
        </message>
        <message>
            <source>within the uncertainty</source>
            <translation>innerhalb der Unsicherheit</translation>
        </message>
        <message>
            <source>the same</source>
            <translation>gleich</translation>
        </message>
        <message>
            <source>published size</source>
            <translation>veröffentlichte Größe</translation>
        </message>
        <message>
            <source>backends</source>
            <translation>Backends</translation>
        </message>
        <message>
            <source>reached</source>
            <translation>erreicht</translation>
        </message>
        <message>
            <source>latency</source>
            <translation>Latenz</translation>
        </message>
        <message>
            <source>reserved</source>
            <translation>reserviert</translation>
        </message>
        <message>
            <source>accelerators</source>
            <translation>Beschleuniger</translation>
        </message>
        <message>
        <source>vector units</source>
        <translation>Vektoreinheiten</translation>
    </message>
    <message>
        <source>packed 8-bit products</source>
        <translation>gepackte 8-Bit-Produkte</translation>
    </message>
    <message>
        <source>matrix units, fp16</source>
        <translation>Matrixeinheiten, fp16</translation>
    </message>
    <message>
        <source>matrix units, bf16</source>
        <translation>Matrixeinheiten, bf16</translation>
    </message>
    <message>
        <source>matrix units, fp8</source>
        <translation>Matrixeinheiten, fp8</translation>
    </message>
    <message>
        <source>matrix units, int8</source>
        <translation>Matrixeinheiten, int8</translation>
    </message>
    <message>
        <source>GPU queue</source>
        <translation>GPU-Warteschlange</translation>
    </message>
    <message>
        <source>CPU queue</source>
        <translation>CPU-Warteschlange</translation>
    </message>
    <message>
        <source>node %1 GPU queue</source>
        <translation>Knoten %1 GPU-Warteschlange</translation>
    </message>
    <message>
        <source>node %1 CPU queue</source>
        <translation>Knoten %1 CPU-Warteschlange</translation>
    </message>
</context>
    <context>
        <name>fields</name>
        <message>
            <source>%1 to %2 %3</source>
            <translation>%1 bis %2 %3</translation>
        </message>
        <message>
            <source>Default: %1</source>
            <translation>Vorgabe: %1</translation>
        </message>
        <message>
            <source>Default: %1, %2</source>
            <translation>Vorgabe: %1, %2</translation>
        </message>
        <message>
            <source>Model</source>
            <translation>Modell</translation>
        </message>
        <message>
            <source>Machines</source>
            <translation>Maschinen</translation>
        </message>
        <message>
            <source>Engine</source>
            <translation>Engine</translation>
        </message>
        <message>
            <source>Work</source>
            <translation>Arbeit</translation>
        </message>
        <message>
            <source>Streaming</source>
            <translation>Streaming</translation>
        </message>
        <message>
            <source>Advanced</source>
            <translation>Erweitert</translation>
        </message>
        <message>
            <source>yes</source>
            <translation>ja</translation>
        </message>
        <message>
            <source>no</source>
            <translation>nein</translation>
        </message>
        <message>
            <source>Source: %1</source>
            <translation>Quelle: %1</translation>
        </message>
        <message>
            <source>In files: %1</source>
            <translation>In Dateien: %1</translation>
        </message>
        <message>
            <source>A name of the catalogue, or a GGUF, safetensors or config.json file</source>
            <translation>Ein Name des Katalogs, oder eine GGUF-, safetensors- oder config.json-Datei</translation>
        </message>
        <message>
            <source>Quantization</source>
            <translation>Quantisierung</translation>
        </message>
        <message>
            <source>How the weights are stored; left open, the best that fits</source>
            <translation>Wie die Gewichte gespeichert sind; offen gelassen die beste, die passt</translation>
        </message>
        <message>
            <source>Machine</source>
            <translation>Maschine</translation>
        </message>
        <message>
            <source>A machine as sold, a bare device, or 'here' for the machine this program runs on</source>
            <translation>Eine Maschine, wie sie verkauft wird, ein bloßes Gerät, oder „here“ für die Maschine, auf der dieses Programm läuft</translation>
        </message>
        <message>
            <source>How many</source>
            <translation>Wie viele</translation>
        </message>
        <message>
            <source>Machines of that kind, or cards in one machine</source>
            <translation>Maschinen dieser Art, oder Karten in einer Maschine</translation>
        </message>
        <message>
            <source>Main memory</source>
            <translation>Hauptspeicher</translation>
        </message>
        <message>
            <source>Of the machine around a bare device</source>
            <translation>Der Maschine um ein bloßes Gerät</translation>
        </message>
        <message>
            <source>Operating system</source>
            <translation>Betriebssystem</translation>
        </message>
        <message>
            <source>Instead of the one it is sold with</source>
            <translation>Anstelle dessen, mit dem sie verkauft wird</translation>
        </message>
        <message>
            <source>Link</source>
            <translation>Verbindung</translation>
        </message>
        <message>
            <source>Between the machines</source>
            <translation>Zwischen den Maschinen</translation>
        </message>
        <message>
            <source>Topology</source>
            <translation>Topologie</translation>
        </message>
        <message>
            <source>How the links join the machines</source>
            <translation>Wie die Verbindungen die Maschinen verbinden</translation>
        </message>
        <message>
            <source>Accelerators used</source>
            <translation>Genutzte Beschleuniger</translation>
        </message>
        <message>
            <source>Only so many of each machine's</source>
            <translation>Nur so viele jeder Maschine</translation>
        </message>
        <message>
            <source>Raise the GPU memory limit</source>
            <translation>Grenze des GPU-Speichers anheben</translation>
        </message>
        <message>
            <source>Assume that the operating system's limit on GPU memory was raised by the command that the answer names</source>
            <translation>Annehmen, dass die Grenze des Betriebssystems für GPU-Speicher mit dem Befehl angehoben ist, den die Antwort nennt</translation>
        </message>
        <message>
            <source>Cluster</source>
            <translation>Verbund</translation>
        </message>
        <message>
            <source>A named cluster of several kinds of machines, instead of machines all alike</source>
            <translation>Ein benannter Verbund mehrerer Arten von Maschinen, anstelle lauter gleicher</translation>
        </message>
        <message>
            <source>The inference program</source>
            <translation>Das Inferenzprogramm</translation>
        </message>
        <message>
            <source>Backend</source>
            <translation>Backend</translation>
        </message>
        <message>
            <source>The engine's kernels for these devices</source>
            <translation>Die Kernel der Engine für diese Geräte</translation>
        </message>
        <message>
            <source>Placement</source>
            <translation>Platzierung</translation>
        </message>
        <message>
            <source>What lies where; auto takes the fastest that fits</source>
            <translation>Was wo liegt; automatisch nimmt die schnellste, die passt</translation>
        </message>
        <message>
            <source>Layers on the accelerator</source>
            <translation>Schichten auf dem Beschleuniger</translation>
        </message>
        <message>
            <source>The others are run by the CPU</source>
            <translation>Die anderen führt die CPU aus</translation>
        </message>
        <message>
            <source>Layers with experts on the CPU</source>
            <translation>Schichten mit Experten auf der CPU</translation>
        </message>
        <message>
            <source>Their routed experts lie in main memory and are run by the CPU</source>
            <translation>Ihre gerouteten Experten liegen im Hauptspeicher und werden von der CPU ausgeführt</translation>
        </message>
        <message>
            <source>Tensor parallel group</source>
            <translation>Tensorparallele Gruppe</translation>
        </message>
        <message>
            <source>Accelerators that share each layer of a stage</source>
            <translation>Beschleuniger, die sich jede Schicht einer Stufe teilen</translation>
        </message>
        <message>
            <source>Machines used</source>
            <translation>Genutzte Maschinen</translation>
        </message>
        <message>
            <source>Only so many of them</source>
            <translation>Nur so viele von ihnen</translation>
        </message>
        <message>
            <source>Replicas</source>
            <translation>Repliken</translation>
        </message>
        <message>
            <source>Equal parts of the machines, each with a whole copy of the model</source>
            <translation>Gleiche Teile der Maschinen, jeder mit einer ganzen Kopie des Modells</translation>
        </message>
        <message>
            <source>Spare replicas</source>
            <translation>Ersatzrepliken</translation>
        </message>
        <message>
            <source>Of the replicas, held ready for one that fails</source>
            <translation>Von den Repliken, bereitgehalten für eine, die ausfällt</translation>
        </message>
        <message>
            <source>Context</source>
            <translation>Kontext</translation>
        </message>
        <message>
            <source>Tokens of each sequence that the cache has room for</source>
            <translation>Token jeder Sequenz, für die der Cache Platz hat</translation>
        </message>
        <message>
            <source>Prompt</source>
            <translation>Prompt</translation>
        </message>
        <message>
            <source>Tokens read before the first answer</source>
            <translation>Token, die vor der ersten Antwort gelesen werden</translation>
        </message>
        <message>
            <source>Depth</source>
            <translation>Tiefe</translation>
        </message>
        <message>
            <source>Tokens in the cache before the prompt</source>
            <translation>Token im Cache vor dem Prompt</translation>
        </message>
        <message>
            <source>Answer</source>
            <translation>Antwort</translation>
        </message>
        <message>
            <source>Tokens generated</source>
            <translation>Erzeugte Token</translation>
        </message>
        <message>
            <source>Batch</source>
            <translation>Batch</translation>
        </message>
        <message>
            <source>Sequences generated at once, by each replica</source>
            <translation>Sequenzen, die jede Replik zugleich erzeugt</translation>
        </message>
        <message>
            <source>Cache format</source>
            <translation>Cacheformat</translation>
        </message>
        <message>
            <source>How the KV cache is stored</source>
            <translation>Wie der KV-Cache gespeichert ist</translation>
        </message>
        <message>
            <source>Input</source>
            <translation>Eingabe</translation>
        </message>
        <message>
            <source>Tokens read in a month, cached ones included; for what it costs</source>
            <translation>Im Monat gelesene Token, die im Cache eingeschlossen; für die Kosten</translation>
        </message>
        <message>
            <source>Output</source>
            <translation>Ausgabe</translation>
        </message>
        <message>
            <source>Tokens generated in a month</source>
            <translation>Im Monat erzeugte Token</translation>
        </message>
        <message>
            <source>Cached input</source>
            <translation>Eingabe aus dem Cache</translation>
        </message>
        <message>
            <source>The part of the input that a prefix cache serves</source>
            <translation>Der Teil der Eingabe, den ein Präfixcache bedient</translation>
        </message>
        <message>
            <source>Requests</source>
            <translation>Anfragen</translation>
        </message>
        <message>
            <source>In a month</source>
            <translation>Im Monat</translation>
        </message>
        <message>
            <source>Experts per token</source>
            <translation>Experten je Token</translation>
        </message>
        <message>
            <source>Fewer than trained is faster and worse</source>
            <translation>Weniger als trainiert ist schneller und schlechter</translation>
        </message>
        <message>
            <source>Importance matrix</source>
            <translation>Importance-Matrix</translation>
        </message>
        <message>
            <source>Whether the file was quantized with one, as published low-bit files are</source>
            <translation>Ob die Datei mit einer quantisiert ist, wie es veröffentlichte Dateien mit wenigen Bit sind</translation>
        </message>
        <message>
            <source>Reads</source>
            <translation>Lesen</translation>
        </message>
        <message>
            <source>How experts are read from the drive</source>
            <translation>Wie Experten vom Laufwerk gelesen werden</translation>
        </message>
        <message>
            <source>Read threads</source>
            <translation>Lesethreads</translation>
        </message>
        <message>
            <source>That read at once</source>
            <translation>Die zugleich lesen</translation>
        </message>
        <message>
            <source>Reads per expert</source>
            <translation>Lesevorgänge je Experte</translation>
        </message>
        <message>
            <source>Calls for one expert</source>
            <translation>Aufrufe für einen Experten</translation>
        </message>
        <message>
            <source>Page cache</source>
            <translation>Seitencache</translation>
        </message>
        <message>
            <source>The policy, instead of the operating system's</source>
            <translation>Die Strategie, anstelle der des Betriebssystems</translation>
        </message>
        <message>
            <source>Expert cache</source>
            <translation>Expertencache</translation>
        </message>
        <message>
            <source>The policy of the engine's own cache of experts</source>
            <translation>Die Strategie des eigenen Expertencaches der Engine</translation>
        </message>
        <message>
            <source>Cache size</source>
            <translation>Cachegröße</translation>
        </message>
        <message>
            <source>Of the engine's own cache</source>
            <translation>Des eigenen Caches der Engine</translation>
        </message>
        <message>
            <source>Cache memory</source>
            <translation>Speicher des Caches</translation>
        </message>
        <message>
            <source>What the system may do with that cache</source>
            <translation>Was das System mit diesem Cache tun darf</translation>
        </message>
        <message>
            <source>Dense weights</source>
            <translation>Dichte Gewichte</translation>
        </message>
        <message>
            <source>What the system may do with what is used for every token</source>
            <translation>Was das System mit dem tun darf, was für jedes Token gebraucht wird</translation>
        </message>
        <message>
            <source>Caches at the start</source>
            <translation>Caches am Anfang</translation>
        </message>
        <message>
            <source>What they hold</source>
            <translation>Was sie halten</translation>
        </message>
        <message>
            <source>Prefetch</source>
            <translation>Vorauslesen</translation>
        </message>
        <message>
            <source>What names the experts that are read ahead of time</source>
            <translation>Was die Experten benennt, die vorab gelesen werden</translation>
        </message>
        <message>
            <source>Predictor's accuracy</source>
            <translation>Treffsicherheit der Vorhersage</translation>
        </message>
        <message>
            <source>Share of the experts it names that are used</source>
            <translation>Anteil der benannten Experten, die gebraucht werden</translation>
        </message>
        <message>
            <source>Prefetch before</source>
            <translation>Vorauslesen vor</translation>
        </message>
        <message>
            <source>The part of the layer at whose start they are asked for</source>
            <translation>Der Teil der Schicht, an dessen Anfang sie angefordert werden</translation>
        </message>
        <message>
            <source>Prefetch as a hint</source>
            <translation>Vorauslesen als Hinweis</translation>
        </message>
        <message>
            <source>Into the page cache, from where the read copies</source>
            <translation>In den Seitencache, aus dem das Lesen kopiert</translation>
        </message>
        <message>
            <source>Other programs</source>
            <translation>Andere Programme</translation>
        </message>
        <message>
            <source>Memory of programs that run beside</source>
            <translation>Speicher von Programmen, die nebenher laufen</translation>
        </message>
        <message>
            <source>Extent</source>
            <translation>Ausdehnung</translation>
        </message>
        <message>
            <source>Bytes that the page cache holds or drops as one</source>
            <translation>Bytes, die der Seitencache als Einheit hält oder verwirft</translation>
        </message>
        <message>
            <source>Routing trace</source>
            <translation>Routing-Aufzeichnung</translation>
        </message>
        <message>
            <source>A CSV file of the experts that real tokens chose</source>
            <translation>Eine CSV-Datei der Experten, die wirkliche Token wählten</translation>
        </message>
        <message>
            <source>Seed</source>
            <translation>Startwert</translation>
        </message>
        <message>
            <source>Of the random choice of experts</source>
            <translation>Der zufälligen Wahl der Experten</translation>
        </message>
    </context>
    <context>
        <name>panels</name>
        <message>
            <source>Scenario</source>
            <translation>Szenario</translation>
        </message>
        <message>
            <source>The model, the machines, and what is asked of them</source>
            <translation>Das Modell, die Maschinen und was von ihnen verlangt wird</translation>
        </message>
        <message>
            <source>Answer</source>
            <translation>Antwort</translation>
        </message>
        <message>
            <source>Whether it fits and how fast it is</source>
            <translation>Ob es passt und wie schnell es ist</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>Speicher</translation>
        </message>
        <message>
            <source>What lies in which memory</source>
            <translation>Was in welchem Speicher liegt</translation>
        </message>
        <message>
            <source>Time of a token</source>
            <translation>Zeit eines Tokens</translation>
        </message>
        <message>
            <source>Where the time goes, and the roofline</source>
            <translation>Wohin die Zeit geht, und die Roofline</translation>
        </message>
        <message>
            <source>Timeline</source>
            <translation>Zeitverlauf</translation>
        </message>
        <message>
            <source>One simulated token on every resource</source>
            <translation>Ein simuliertes Token auf jedem Betriebsmittel</translation>
        </message>
        <message>
            <source>Cluster</source>
            <translation>Verbund</translation>
        </message>
        <message>
            <source>Machines and links, and how busy they are</source>
            <translation>Maschinen und Verbindungen, und wie beschäftigt sie sind</translation>
        </message>
        <message>
            <source>Changes</source>
            <translation>Änderungen</translation>
        </message>
        <message>
            <source>What a single change would do, best first</source>
            <translation>Was eine einzelne Änderung bewirken würde, die beste zuerst</translation>
        </message>
        <message>
            <source>Choose</source>
            <translation>Auswählen</translation>
        </message>
        <message>
            <source>Which machines to buy or rent</source>
            <translation>Welche Maschinen zu kaufen oder zu mieten sind</translation>
        </message>
        <message>
            <source>Compare</source>
            <translation>Vergleichen</translation>
        </message>
        <message>
            <source>Pinned scenarios side by side</source>
            <translation>Angeheftete Szenarien nebeneinander</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::AnswerPanel</name>
        <message>
            <source>What is wrong with the scenario</source>
            <translation>Was am Szenario nicht stimmt</translation>
        </message>
        <message>
            <source>Notes and assumptions</source>
            <translation>Anmerkungen und Annahmen</translation>
        </message>
        <message>
            <source>Value</source>
            <translation>Wert</translation>
        </message>
        <message>
            <source>How sure</source>
            <translation>Wie sicher</translation>
        </message>
        <message>
            <source>Command that starts it</source>
            <translation>Befehl, der es startet</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>Kopieren</translation>
        </message>
        <message>
            <source>Copy the command that starts it</source>
            <translation>Den Befehl kopieren, der es startet</translation>
        </message>
        <message>
            <source>Start</source>
            <translation>Start</translation>
        </message>
        <message>
            <source>Nothing asked yet</source>
            <translation>Noch nichts gefragt</translation>
        </message>
        <message>
            <source>Pick a model and a machine.</source>
            <translation>Wählen Sie ein Modell und eine Maschine.</translation>
        </message>
        <message>
            <source>No answer</source>
            <translation>Keine Antwort</translation>
        </message>
        <message>
            <source>The scenario cannot be answered as it stands:</source>
            <translation>Das Szenario lässt sich so nicht beantworten:</translation>
        </message>
        <message>
            <source>Notes</source>
            <translation>Anmerkungen</translation>
        </message>
        <message>
            <source>Cost a month</source>
            <translation>Kosten im Monat</translation>
        </message>
        <message>
            <source>refining…</source>
            <translation>wird verfeinert …</translation>
        </message>
        <message>
            <source>People read %1 tokens a second</source>
            <translation>Menschen lesen %1 Token je Sekunde</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ChangesModel</name>
        <message>
            <source>Change</source>
            <translation>Änderung</translation>
        </message>
        <message>
            <source>Kind</source>
            <translation>Art</translation>
        </message>
        <message>
            <source>Effect</source>
            <translation>Wirkung</translation>
        </message>
        <message>
            <source>New rate</source>
            <translation>Neue Rate</translation>
        </message>
        <message>
            <source>90 % interval</source>
            <translation>90-%-Intervall</translation>
        </message>
        <message>
            <source>Verdict</source>
            <translation>Urteil</translation>
        </message>
        <message>
            <source>Remarks</source>
            <translation>Bemerkungen</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ChangesPanel</name>
        <message>
            <source>&amp;Apply</source>
            <translation>&amp;Anwenden</translation>
        </message>
        <message>
            <source>Changes, best first</source>
            <translation>Änderungen, die beste zuerst</translation>
        </message>
        <message>
            <source>Kind of change</source>
            <translation>Art der Änderung</translation>
        </message>
        <message>
            <source>Make the selected change; Undo takes it back</source>
            <translation>Die gewählte Änderung machen; Rückgängig nimmt sie zurück</translation>
        </message>
        <message>
            <source>&amp;Kind:</source>
            <translation>A&amp;rt:</translation>
        </message>
        <message>
            <source>all</source>
            <translation>alle</translation>
        </message>
        <message>
            <source>No single change would help.</source>
            <translation>Keine einzelne Änderung würde helfen.</translation>
        </message>
        <message>
            <source>The scenario cannot be answered as it stands.</source>
            <translation>Das Szenario lässt sich so nicht beantworten.</translation>
        </message>
        <message>
            <source>working out changes…</source>
            <translation>Änderungen werden durchgerechnet …</translation>
        </message>
        <message>
            <source>Changes</source>
            <translation>Änderungen</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ChartPages</name>
        <message>
            <source>Nothing to show yet: choose a model and a machine.</source>
            <translation>Noch nichts zu zeigen: Wählen Sie ein Modell und eine Maschine.</translation>
        </message>
        <message>
            <source>The scenario has problems; they are listed with the scenario.</source>
            <translation>Das Szenario hat Probleme; sie stehen beim Szenario.</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ChoiceEditor</name>
        <message>
            <source>left open</source>
            <translation>offen gelassen</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ChoosePanel</name>
        <message>
            <source>Open…</source>
            <translation>Öffnen …</translation>
        </message>
        <message>
            <source>Reads a requirement file</source>
            <translation>Liest eine Anforderungsdatei</translation>
        </message>
        <message>
            <source>Save…</source>
            <translation>Speichern …</translation>
        </message>
        <message>
            <source>Writes the form as a requirement file, which the command line program reads too</source>
            <translation>Schreibt das Formular als Anforderungsdatei, die auch das Kommandozeilenprogramm liest</translation>
        </message>
        <message>
            <source>&amp;Search</source>
            <translation>&amp;Suchen</translation>
        </message>
        <message>
            <source>Looks for machines (Ctrl+Return)</source>
            <translation>Sucht nach Maschinen (Strg+Eingabe)</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>Abbrechen</translation>
        </message>
        <message>
            <source>Stops the search and shows the best so far</source>
            <translation>Hält die Suche an und zeigt das Beste bis dahin</translation>
        </message>
        <message>
            <source>Say what is needed and search: every machine of the catalogue is tried, alone and joined.</source>
            <translation>Sagen Sie, was gebraucht wird, und suchen Sie: Jede Maschine des Katalogs wird probiert, allein und verbunden.</translation>
        </message>
        <message>
            <source>Progress of the search</source>
            <translation>Fortschritt der Suche</translation>
        </message>
        <message>
            <source>%v of %m sets of machines</source>
            <translation>%v von %m Maschinengruppen</translation>
        </message>
        <message>
            <source>Plans</source>
            <translation>Pläne</translation>
        </message>
        <message>
            <source>About the selected plan</source>
            <translation>Über den gewählten Plan</translation>
        </message>
        <message>
            <source>Open as &amp;scenario</source>
            <translation>Als &amp;Szenario öffnen</translation>
        </message>
        <message>
            <source>Asks the window's question of this plan: one replica of it (Enter or double click in the table)</source>
            <translation>Stellt diesem Plan die Frage des Fensters: eine Replik davon (Eingabe oder Doppelklick in der Tabelle)</translation>
        </message>
        <message>
            <source>Open plan %1</source>
            <translation>Plan %1 öffnen</translation>
        </message>
        <message>
            <source>Open Requirement</source>
            <translation>Anforderung öffnen</translation>
        </message>
        <message>
            <source>Requirement (*.yaml *.yml)</source>
            <translation>Anforderung (*.yaml *.yml)</translation>
        </message>
        <message>
            <source>Save Requirement</source>
            <translation>Anforderung speichern</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ClusterCanvas</name>
        <message>
            <source>idle</source>
            <translation>untätig</translation>
        </message>
        <message>
            <source>%1 busy</source>
            <translation>%1 beschäftigt</translation>
        </message>
        <message>
            <source>%1 a step</source>
            <translation>%1 je Schritt</translation>
        </message>
        <message>
            <source>%1 a chunk</source>
            <translation>%1 je Stück</translation>
        </message>
        <message>
            <source>%1x </source>
            <translation>%1x </translation>
        </message>
        <message>
            <source>switch</source>
            <translation>Switch</translation>
        </message>
        <message numerus="yes">
            <source> ▸ %n accelerator(s)</source>
            <translation>
                <numerusform> ▸ %n Beschleuniger</numerusform>
                <numerusform> ▸ %n Beschleuniger</numerusform>
            </translation>
        </message>
        <message>
            <source>fullest of %1</source>
            <translation>vollster von %1</translation>
        </message>
        <message>
            <source>under %1 busy</source>
            <translation>unter %1 beschäftigt</translation>
        </message>
        <message>
            <source>memory</source>
            <translation>Speicher</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ClusterList</name>
        <message>
            <source>the fullest of %1 memories</source>
            <translation>der vollste von %1 Speichern</translation>
        </message>
        <message>
            <source>%1; %2</source>
            <translation>%1; %2</translation>
        </message>
        <message>
            <source>%1 each way; %2</source>
            <translation>%1 in jede Richtung; %2</translation>
        </message>
        <message>
            <source>there %1, back %2; %3</source>
            <translation>hin %1, zurück %2; %3</translation>
        </message>
        <message>
            <source>switch</source>
            <translation>Switch</translation>
        </message>
        <message>
            <source>%1 – %2</source>
            <translation>%1 – %2</translation>
        </message>
        <message>
            <source>%1x </source>
            <translation>%1x </translation>
        </message>
        <message>
            <source>Node or link</source>
            <translation>Knoten oder Verbindung</translation>
        </message>
        <message>
            <source>What it is</source>
            <translation>Was es ist</translation>
        </message>
        <message>
            <source>Load</source>
            <translation>Last</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ClusterPanel</name>
        <message>
            <source>Add machine</source>
            <translation>Maschine hinzufügen</translation>
        </message>
        <message>
            <source>Adds a machine beside the selected one and joins it as that one is</source>
            <translation>Fügt neben der gewählten eine Maschine hinzu und verbindet sie wie diese</translation>
        </message>
        <message>
            <source>Kind of machine to add</source>
            <translation>Art der neuen Maschine</translation>
        </message>
        <message>
            <source>Which machine is added; type to search</source>
            <translation>Welche Maschine hinzukommt; zum Suchen tippen</translation>
        </message>
        <message>
            <source>Add switch</source>
            <translation>Switch hinzufügen</translation>
        </message>
        <message>
            <source>Adds a switch; connect it to machines then</source>
            <translation>Fügt einen Switch hinzu; verbinden Sie ihn dann mit Maschinen</translation>
        </message>
        <message>
            <source>Connect</source>
            <translation>Verbinden</translation>
        </message>
        <message>
            <source>Joins the two that are selected; or drag from the circle at the side of one to another</source>
            <translation>Verbindet die beiden gewählten; oder ziehen Sie vom Kreis an der Seite des einen zum anderen</translation>
        </message>
        <message>
            <source>Kind of new links</source>
            <translation>Art neuer Verbindungen</translation>
        </message>
        <message>
            <source>What new links are made of</source>
            <translation>Woraus neue Verbindungen bestehen</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>Entfernen</translation>
        </message>
        <message>
            <source>Removes what is selected</source>
            <translation>Entfernt, was gewählt ist</translation>
        </message>
        <message>
            <source>Load of links</source>
            <translation>Last der Verbindungen</translation>
        </message>
        <message>
            <source>Whether links show what a decode step or a chunk of the prompt sends</source>
            <translation>Ob Verbindungen zeigen, was ein Dekodierschritt oder ein Stück des Prompts sendet</translation>
        </message>
        <message>
            <source>Decode step</source>
            <translation>Dekodierschritt</translation>
        </message>
        <message>
            <source>Prompt chunk</source>
            <translation>Stück des Prompts</translation>
        </message>
        <message>
            <source>Open/close</source>
            <translation>Auf-/zuklappen</translation>
        </message>
        <message>
            <source>Shows or hides the accelerators of the selected machine</source>
            <translation>Zeigt oder verbirgt die Beschleuniger der gewählten Maschine</translation>
        </message>
        <message>
            <source>Arrange</source>
            <translation>Anordnen</translation>
        </message>
        <message>
            <source>Forgets what was moved by hand</source>
            <translation>Vergisst, was von Hand bewegt wurde</translation>
        </message>
        <message>
            <source>−</source>
            <translation>−</translation>
        </message>
        <message>
            <source>Zoom out</source>
            <translation>Verkleinern</translation>
        </message>
        <message>
            <source>+</source>
            <translation>+</translation>
        </message>
        <message>
            <source>Zoom in</source>
            <translation>Vergrößern</translation>
        </message>
        <message>
            <source>Fit</source>
            <translation>Einpassen</translation>
        </message>
        <message>
            <source>Shows everything</source>
            <translation>Zeigt alles</translation>
        </message>
        <message>
            <source>Cluster</source>
            <translation>Verbund</translation>
        </message>
        <message>
            <source>The list beside the picture says the same</source>
            <translation>Die Liste neben dem Bild sagt dasselbe</translation>
        </message>
        <message>
            <source>Machines, switches and links</source>
            <translation>Maschinen, Switches und Verbindungen</translation>
        </message>
        <message>
            <source>like the selected one</source>
            <translation>wie die gewählte</translation>
        </message>
        <message>
            <source>link as usual there</source>
            <translation>Verbindung wie dort üblich</translation>
        </message>
        <message>
            <source>Connect %1 and %2</source>
            <translation>%1 und %2 verbinden</translation>
        </message>
        <message>
            <source>Choose a kind of link first: nobody knows the ports of %1 and %2</source>
            <translation>Wählen Sie zuerst eine Art der Verbindung: Die Anschlüsse von %1 und %2 kennt niemand</translation>
        </message>
        <message>
            <source>Remove a link</source>
            <translation>Eine Verbindung entfernen</translation>
        </message>
        <message>
            <source>Remove %1</source>
            <translation>%1 entfernen</translation>
        </message>
        <message>
            <source>%1x </source>
            <translation>%1x </translation>
        </message>
        <message>
            <source>Messages that take it:</source>
            <translation>Nachrichten, die sie nehmen:</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ComparePanel</name>
        <message>
            <source>Pinned scenarios</source>
            <translation>Angeheftete Szenarien</translation>
        </message>
        <message>
            <source>Pinned scenarios side by side</source>
            <translation>Angeheftete Szenarien nebeneinander</translation>
        </message>
        <message>
            <source>Table</source>
            <translation>Tabelle</translation>
        </message>
        <message>
            <source>Bars</source>
            <translation>Balken</translation>
        </message>
        <message>
            <source>&amp;Pin Scenario</source>
            <translation>Szenario an&amp;heften</translation>
        </message>
        <message>
            <source>&amp;Rename</source>
            <translation>&amp;Umbenennen</translation>
        </message>
        <message>
            <source>Re&amp;move</source>
            <translation>&amp;Entfernen</translation>
        </message>
        <message>
            <source>Move &amp;Up</source>
            <translation>Nach &amp;oben</translation>
        </message>
        <message>
            <source>Move &amp;Down</source>
            <translation>Nach u&amp;nten</translation>
        </message>
        <message>
            <source>&amp;Open as Scenario</source>
            <translation>Als &amp;Szenario öffnen</translation>
        </message>
        <message>
            <source>Open Pin %1</source>
            <translation>Angeheftetes %1 öffnen</translation>
        </message>
        <message>
            <source>comparing…</source>
            <translation>wird verglichen …</translation>
        </message>
        <message>
            <source>Pin the scenario under edit with Ctrl+D, change it, pin again.</source>
            <translation>Heften Sie das bearbeitete Szenario mit Strg+D an, ändern Sie es, heften Sie es wieder an.</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ComparisonBars</name>
        <message>
            <source>not known</source>
            <translation>nicht bekannt</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ComparisonModel</name>
        <message>
            <source>asked: %1</source>
            <translation>gefragt: %1</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::CountEditor</name>
        <message>
            <source>left open</source>
            <translation>offen gelassen</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::Exports</name>
        <message>
            <source>report</source>
            <translation>bericht</translation>
        </message>
        <message>
            <source>Saved to %1.</source>
            <translation>In %1 gespeichert.</translation>
        </message>
        <message>
            <source>Export the Report as Markdown</source>
            <translation>Den Bericht als Markdown exportieren</translation>
        </message>
        <message>
            <source>Markdown (*.md)</source>
            <translation>Markdown (*.md)</translation>
        </message>
        <message>
            <source>Export the Report as JSON</source>
            <translation>Den Bericht als JSON exportieren</translation>
        </message>
        <message>
            <source>JSON (*.json)</source>
            <translation>JSON (*.json)</translation>
        </message>
        <message>
            <source>Export the Timeline as a Chrome Trace</source>
            <translation>Den Zeitverlauf als Chrome-Trace exportieren</translation>
        </message>
        <message>
            <source>Chrome trace (*.json)</source>
            <translation>Chrome-Trace (*.json)</translation>
        </message>
        <message>
            <source>Export the Report as PDF</source>
            <translation>Den Bericht als PDF exportieren</translation>
        </message>
        <message>
            <source>PDF (*.pdf)</source>
            <translation>PDF (*.pdf)</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::FieldRow</name>
        <message>
            <source>%1, changed</source>
            <translation>%1, geändert</translation>
        </message>
        <message>
            <source>Back to the default: %1</source>
            <translation>Zurück zur Vorgabe: %1</translation>
        </message>
        <message>
            <source>Leave it open</source>
            <translation>Offen lassen</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::FigureGrid</name>
        <message>
            <source>90 % interval: %1 %2</source>
            <translation>90-%-Intervall: %1 %2</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::FormSection</name>
        <message>
            <source>open</source>
            <translation>aufgeklappt</translation>
        </message>
        <message>
            <source>closed</source>
            <translation>zugeklappt</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::HelpWindow</name>
        <message>
            <source>Plimsoll Help</source>
            <translation>Hilfe zu Plimsoll</translation>
        </message>
        <message>
            <source>Help</source>
            <translation>Hilfe</translation>
        </message>
        <message>
            <source>&amp;Contents</source>
            <translation>&amp;Inhalt</translation>
        </message>
        <message>
            <source>Keyboard shortcuts</source>
            <translation>Tastenkürzel</translation>
        </message>
        <message>
            <source>Keys</source>
            <translation>Tasten</translation>
        </message>
        <message>
            <source>What they do</source>
            <translation>Was sie tun</translation>
        </message>
        <message>
            <source>Capacity planner and simulator for machines that run large language models.</source>
            <translation>Kapazitätsplaner und Simulator für Maschinen, auf denen große Sprachmodelle laufen.</translation>
        </message>
        <message>
            <source>Licences</source>
            <translation>Lizenzen</translation>
        </message>
        <message>
            <source>The engine, the command line program and the sources of this program are under the Apache License 2.0.</source>
            <translation>Der Rechenkern, das Kommandozeilenprogramm und die Quelltexte dieses Programms stehen unter der Apache-Lizenz 2.0.</translation>
        </message>
        <message>
            <source>This program is linked with Qt Charts, which the Qt Company offers under the GNU General Public License 3.0 or a commercial licence. Who passes the program on as it is built here therefore passes it on under the GPL 3.0: with its source, and with the right to change it. The command line program and the engine contain no Qt, and stay under the Apache License alone.</source>
            <translation>Dieses Programm ist mit Qt Charts verbunden, das die Qt Company unter der GNU General Public License 3.0 oder einer kommerziellen Lizenz anbietet. Wer das Programm so weitergibt, wie es hier gebaut ist, gibt es deshalb unter der GPL 3.0 weiter: mit seinem Quelltext und mit dem Recht, es zu ändern. Das Kommandozeilenprogramm und der Rechenkern enthalten kein Qt und bleiben allein unter der Apache-Lizenz.</translation>
        </message>
        <message>
            <source>Library</source>
            <translation>Bibliothek</translation>
        </message>
        <message>
            <source>Licence</source>
            <translation>Lizenz</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::LimitsTab</name>
        <message>
            <source>Limit</source>
            <translation>Grenze</translation>
        </message>
        <message>
            <source>What holds the decode back, strongest first</source>
            <translation>Was das Dekodieren aufhält, das Stärkste zuerst</translation>
        </message>
        <message>
            <source>Share</source>
            <translation>Anteil</translation>
        </message>
        <message>
            <source>Of the time of a token</source>
            <translation>An der Zeit eines Tokens</translation>
        </message>
        <message>
            <source>If it vanished</source>
            <translation>Fiele sie weg</translation>
        </message>
        <message>
            <source>Decode rate if this limit vanished and everything else stayed</source>
            <translation>Dekodierrate, wenn diese Grenze wegfiele und alles andere bliebe</translation>
        </message>
        <message>
            <source>Why</source>
            <translation>Warum</translation>
        </message>
        <message>
            <source>Limits of the decode rate</source>
            <translation>Grenzen der Dekodierrate</translation>
        </message>
        <message>
            <source>nothing is left</source>
            <translation>nichts bleibt übrig</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::MainWindow</name>
        <message>
            <source>Problems</source>
            <translation>Probleme</translation>
        </message>
        <message>
            <source>&amp;File</source>
            <translation>&amp;Datei</translation>
        </message>
        <message>
            <source>&amp;New</source>
            <translation>&amp;Neu</translation>
        </message>
        <message>
            <source>&amp;Open…</source>
            <translation>Ö&amp;ffnen …</translation>
        </message>
        <message>
            <source>Open &amp;Recent</source>
            <translation>&amp;Zuletzt benutzt</translation>
        </message>
        <message>
            <source>&amp;Save</source>
            <translation>&amp;Speichern</translation>
        </message>
        <message>
            <source>Save &amp;As…</source>
            <translation>Speichern &amp;unter …</translation>
        </message>
        <message>
            <source>&amp;Export</source>
            <translation>&amp;Exportieren</translation>
        </message>
        <message>
            <source>&amp;Print…</source>
            <translation>&amp;Drucken …</translation>
        </message>
        <message>
            <source>&amp;Quit</source>
            <translation>&amp;Beenden</translation>
        </message>
        <message>
            <source>Report as &amp;Markdown…</source>
            <translation>Bericht als &amp;Markdown …</translation>
        </message>
        <message>
            <source>Report as &amp;JSON…</source>
            <translation>Bericht als &amp;JSON …</translation>
        </message>
        <message>
            <source>Report as P&amp;DF…</source>
            <translation>Bericht als &amp;PDF …</translation>
        </message>
        <message>
            <source>Timeline as Chrome &amp;Trace…</source>
            <translation>Zeitverlauf als Chrome-&amp;Trace …</translation>
        </message>
        <message>
            <source>&amp;Edit</source>
            <translation>&amp;Bearbeiten</translation>
        </message>
        <message>
            <source>&amp;Undo</source>
            <translation>&amp;Rückgängig</translation>
        </message>
        <message>
            <source>&amp;Redo</source>
            <translation>&amp;Wiederholen</translation>
        </message>
        <message>
            <source>&amp;View</source>
            <translation>&amp;Ansicht</translation>
        </message>
        <message>
            <source>&amp;Start Page</source>
            <translation>&amp;Startseite</translation>
        </message>
        <message>
            <source>Scena&amp;rio</source>
            <translation>S&amp;zenario</translation>
        </message>
        <message>
            <source>&amp;Problems</source>
            <translation>&amp;Probleme</translation>
        </message>
        <message>
            <source>&amp;Appearance</source>
            <translation>&amp;Aussehen</translation>
        </message>
        <message>
            <source>&amp;Larger Text</source>
            <translation>&amp;Größere Schrift</translation>
        </message>
        <message>
            <source>S&amp;maller Text</source>
            <translation>&amp;Kleinere Schrift</translation>
        </message>
        <message>
            <source>Reset La&amp;yout</source>
            <translation>Anordnung &amp;zurücksetzen</translation>
        </message>
        <message>
            <source>As the &amp;System</source>
            <translation>Wie das &amp;System</translation>
        </message>
        <message>
            <source>&amp;Light</source>
            <translation>&amp;Hell</translation>
        </message>
        <message>
            <source>&amp;Dark</source>
            <translation>&amp;Dunkel</translation>
        </message>
        <message>
            <source>&amp;Help</source>
            <translation>&amp;Hilfe</translation>
        </message>
        <message>
            <source>&amp;Help on This Panel</source>
            <translation>&amp;Hilfe zu diesem Bereich</translation>
        </message>
        <message>
            <source>&amp;Keyboard Shortcuts</source>
            <translation>&amp;Tastenkürzel</translation>
        </message>
        <message>
            <source>&amp;About Plimsoll</source>
            <translation>Ü&amp;ber Plimsoll</translation>
        </message>
        <message>
            <source>State of the answer</source>
            <translation>Stand der Antwort</translation>
        </message>
        <message>
            <source>Shows the list of problems</source>
            <translation>Zeigt die Liste der Probleme</translation>
        </message>
        <message>
            <source>&amp;Clear List</source>
            <translation>Liste &amp;leeren</translation>
        </message>
        <message>
            <source>Working it out…</source>
            <translation>Wird ausgerechnet …</translation>
        </message>
        <message>
            <source>First figures; changes and costs follow…</source>
            <translation>Erste Zahlen; Änderungen und Kosten folgen …</translation>
        </message>
        <message>
            <source>No problems</source>
            <translation>Keine Probleme</translation>
        </message>
        <message numerus="yes">
            <source>%n error(s)</source>
            <translation>
                <numerusform>%n Fehler</numerusform>
                <numerusform>%n Fehler</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n warning(s)</source>
            <translation>
                <numerusform>%n Warnung</numerusform>
                <numerusform>%n Warnungen</numerusform>
            </translation>
        </message>
        <message>
            <source>Change model to %1</source>
            <translation>Modell auf %1 ändern</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::MemoryPanel</name>
        <message>
            <source>free</source>
            <translation>frei</translation>
        </message>
        <message>
            <source>withheld by the limit</source>
            <translation>von der Grenze vorenthalten</translation>
        </message>
        <message>
            <source>operating system</source>
            <translation>Betriebssystem</translation>
        </message>
        <message>
            <source>missing</source>
            <translation>fehlt</translation>
        </message>
        <message>
            <source>%1 (can be dropped)</source>
            <translation>%1 (kann verworfen werden)</translation>
        </message>
        <message>
            <source>exactly %1</source>
            <translation>genau %1</translation>
        </message>
        <message>
            <source>%1 (%2 … %3, 90 %)</source>
            <translation>%1 (%2 … %3, 90 %)</translation>
        </message>
        <message>
            <source>%1: %2 = %3, %4, %5 of the capacity</source>
            <translation>%1: %2 = %3, %4, %5 der Kapazität</translation>
        </message>
        <message>
            <source>usable %1</source>
            <translation>nutzbar %1</translation>
        </message>
        <message>
            <source>capacity %1</source>
            <translation>Kapazität %1</translation>
        </message>
        <message>
            <source>%1 alike; %2</source>
            <translation>%1 gleiche; %2</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>Speicher</translation>
        </message>
        <message>
            <source>&amp;One scale for all memories</source>
            <translation>&amp;Ein Maßstab für alle Speicher</translation>
        </message>
        <message>
            <source>On: bars are as long as their memory is large. Off: each bar fills the width.</source>
            <translation>An: Balken sind so lang, wie ihr Speicher groß ist. Aus: Jeder Balken füllt die Breite.</translation>
        </message>
        <message>
            <source>memory	part	bytes	low	high	of the capacity
</source>
            <translation>Speicher	Teil	Bytes	unten	oben	der Kapazität
</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::NameEditor</name>
        <message>
            <source>Take the model from a GGUF, safetensors or config.json file</source>
            <translation>Das Modell aus einer GGUF-, safetensors- oder config.json-Datei nehmen</translation>
        </message>
        <message>
            <source>Choose a model file</source>
            <translation>Eine Modelldatei wählen</translation>
        </message>
        <message>
            <source>the best that fits</source>
            <translation>die beste, die passt</translation>
        </message>
        <message>
            <source>Choose a Model File</source>
            <translation>Eine Modelldatei wählen</translation>
        </message>
        <message>
            <source>Models (*.gguf *.safetensors *.json);;All files (*)</source>
            <translation>Modelle (*.gguf *.safetensors *.json);;Alle Dateien (*)</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::NameListModel</name>
        <message>
            <source>id</source>
            <translation>Kennung</translation>
        </message>
        <message>
            <source>name</source>
            <translation>Name</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ParetoView</name>
        <message>
            <source>Price and speed</source>
            <translation>Preis und Geschwindigkeit</translation>
        </message>
        <message>
            <source>Size of the points:</source>
            <translation>Größe der Punkte:</translation>
        </message>
        <message>
            <source>Size of the points</source>
            <translation>Größe der Punkte</translation>
        </message>
        <message>
            <source>What larger points have more of</source>
            <translation>Wovon größere Punkte mehr haben</translation>
        </message>
        <message>
            <source>quality of the quantization</source>
            <translation>Güte der Quantisierung</translation>
        </message>
        <message>
            <source>power drawn</source>
            <translation>aufgenommene Leistung</translation>
        </message>
        <message>
            <source>price, USD a month</source>
            <translation>Preis, USD im Monat</translation>
        </message>
        <message>
            <source>price, USD</source>
            <translation>Preis, USD</translation>
        </message>
        <message>
            <source>; at the right: not known</source>
            <translation>; rechts: nicht bekannt</translation>
        </message>
        <message>
            <source>token/s of each user</source>
            <translation>Token/s je Benutzer</translation>
        </message>
        <message>
            <source>machines	price, USD	token/s of each user	front
</source>
            <translation>Maschinen	Preis, USD	Token/s je Benutzer	Front
</translation>
        </message>
        <message>
            <source>not known</source>
            <translation>nicht bekannt</translation>
        </message>
        <message>
            <source>yes</source>
            <translation>ja</translation>
        </message>
        <message>
            <source>no</source>
            <translation>nein</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::Picture</name>
        <message>
            <source>Copy as &amp;Image</source>
            <translation>Als &amp;Bild kopieren</translation>
        </message>
        <message>
            <source>Copy as S&amp;VG</source>
            <translation>Als S&amp;VG kopieren</translation>
        </message>
        <message>
            <source>Ctrl+Alt+V</source>
            <translation>Ctrl+Alt+V</translation>
        </message>
        <message>
            <source>Copy as &amp;Text</source>
            <translation>Als &amp;Text kopieren</translation>
        </message>
        <message>
            <source>Ctrl+Alt+C</source>
            <translation>Ctrl+Alt+C</translation>
        </message>
        <message>
            <source>&amp;Save Picture…</source>
            <translation>Bild &amp;speichern …</translation>
        </message>
        <message>
            <source>Ctrl+Alt+S</source>
            <translation>Ctrl+Alt+S</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>Kopieren</translation>
        </message>
        <message>
            <source>Copy or save this chart as image, SVG or text</source>
            <translation>Dieses Diagramm als Bild, SVG oder Text kopieren oder speichern</translation>
        </message>
        <message>
            <source>Copy or save the chart</source>
            <translation>Das Diagramm kopieren oder speichern</translation>
        </message>
        <message>
            <source>Save Picture</source>
            <translation>Bild speichern</translation>
        </message>
        <message>
            <source>Image (*.png);;SVG drawing (*.svg);;Text (*.txt)</source>
            <translation>Bild (*.png);;SVG-Zeichnung (*.svg);;Text (*.txt)</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::PlanModel</name>
        <message>
            <source>no other plan beats it</source>
            <translation>kein anderer Plan übertrifft ihn</translation>
        </message>
        <message>
            <source>meets all that is known of it; its price or power is not</source>
            <translation>erfüllt alles, was bekannt ist; Preis oder Leistung sind es nicht</translation>
        </message>
        <message>
            <source>would do if something gave way: %1</source>
            <translation>genügte, wenn etwas nachgäbe: %1</translation>
        </message>
        <message>
            <source>the nearest miss</source>
            <translation>am knappsten verfehlt</translation>
        </message>
        <message>
            <source>Machines</source>
            <translation>Maschinen</translation>
        </message>
        <message>
            <source>Each user</source>
            <translation>Je Benutzer</translation>
        </message>
        <message>
            <source>First token</source>
            <translation>Erstes Token</translation>
        </message>
        <message>
            <source>All users</source>
            <translation>Alle Benutzer</translation>
        </message>
        <message>
            <source>Price</source>
            <translation>Preis</translation>
        </message>
        <message>
            <source>Power</source>
            <translation>Leistung</translation>
        </message>
        <message>
            <source>Quantization</source>
            <translation>Quantisierung</translation>
        </message>
        <message>
            <source>Largest context</source>
            <translation>Größter Kontext</translation>
        </message>
        <message>
            <source>Chance</source>
            <translation>Aussicht</translation>
        </message>
        <message>
            <source>Engine</source>
            <translation>Engine</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ProblemsModel</name>
        <message>
            <source>Error</source>
            <translation>Fehler</translation>
        </message>
        <message>
            <source>Warning</source>
            <translation>Warnung</translation>
        </message>
        <message>
            <source>Kind</source>
            <translation>Art</translation>
        </message>
        <message>
            <source>Problem</source>
            <translation>Problem</translation>
        </message>
        <message>
            <source>Place</source>
            <translation>Stelle</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ProblemsPanel</name>
        <message>
            <source>No problems.</source>
            <translation>Keine Probleme.</translation>
        </message>
        <message>
            <source>Problems</source>
            <translation>Probleme</translation>
        </message>
        <message>
            <source>Problems of the scenario and of files</source>
            <translation>Probleme des Szenarios und von Dateien</translation>
        </message>
        <message>
            <source>Enter or double click goes to the field or the line</source>
            <translation>Eingabe oder Doppelklick führt zum Feld oder zur Zeile</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::RankingModel</name>
        <message>
            <source>Model</source>
            <translation>Modell</translation>
        </message>
        <message>
            <source>Best quantization that fits</source>
            <translation>Beste Quantisierung, die passt</translation>
        </message>
        <message>
            <source>Verdict</source>
            <translation>Urteil</translation>
        </message>
        <message>
            <source>Decoding</source>
            <translation>Dekodieren</translation>
        </message>
        <message>
            <source>First token</source>
            <translation>Erstes Token</translation>
        </message>
        <message>
            <source>Largest context</source>
            <translation>Größter Kontext</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>Speicher</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::RankingView</name>
        <message>
            <source>Looking at this machine</source>
            <translation>Diese Maschine wird angesehen</translation>
        </message>
        <message>
            <source>Search models</source>
            <translation>Modelle suchen</translation>
        </message>
        <message>
            <source>Models on this machine</source>
            <translation>Modelle auf dieser Maschine</translation>
        </message>
        <message>
            <source>Enter or double click opens the model on this machine as a scenario</source>
            <translation>Eingabe oder Doppelklick öffnet das Modell auf dieser Maschine als Szenario</translation>
        </message>
        <message>
            <source>Looking at this machine and trying every model on it…</source>
            <translation>Diese Maschine wird angesehen und jedes Modell darauf probiert …</translation>
        </message>
        <message>
            <source>this machine</source>
            <translation>diese Maschine</translation>
        </message>
        <message>
            <source>%1 of %2 models run on %3; those that answer as fast as people read come first, the largest above. Enter opens one.</source>
            <translation>%1 von %2 Modellen laufen auf %3; zuerst die, die so schnell antworten, wie Menschen lesen, das größte oben. Die Eingabetaste öffnet eines.</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::RequirementFields</name>
        <message>
            <source>&amp;Model</source>
            <translation>&amp;Modell</translation>
        </message>
        <message>
            <source>which model?</source>
            <translation>welches Modell?</translation>
        </message>
        <message>
            <source>The language model to be run; type to search</source>
            <translation>Das Sprachmodell, das laufen soll; zum Suchen tippen</translation>
        </message>
        <message>
            <source>At &amp;least</source>
            <translation>&amp;Mindestens</translation>
        </message>
        <message>
            <source>token/s</source>
            <translation>Token/s</translation>
        </message>
        <message>
            <source>Decode rate of each user; where nothing is said, as fast as people read</source>
            <translation>Dekodierrate je Benutzer; wo nichts gesagt ist, so schnell, wie Menschen lesen</translation>
        </message>
        <message>
            <source>&amp;Users</source>
            <translation>&amp;Benutzer</translation>
        </message>
        <message>
            <source>at once</source>
            <translation>zugleich</translation>
        </message>
        <message>
            <source>Users answered at the same time</source>
            <translation>Benutzer, denen zugleich geantwortet wird</translation>
        </message>
        <message>
            <source>&amp;First token</source>
            <translation>&amp;Erstes Token</translation>
        </message>
        <message>
            <source>s</source>
            <translation>s</translation>
        </message>
        <message>
            <source>no limit</source>
            <translation>keine Grenze</translation>
        </message>
        <message>
            <source>Time until the first token of an answer, when all users ask at once</source>
            <translation>Zeit bis zum ersten Token einer Antwort, wenn alle Benutzer zugleich fragen</translation>
        </message>
        <message>
            <source>&amp;Context</source>
            <translation>&amp;Kontext</translation>
        </message>
        <message>
            <source>tokens</source>
            <translation>Token</translation>
        </message>
        <message>
            <source>as a report</source>
            <translation>wie ein Bericht</translation>
        </message>
        <message>
            <source>Tokens that the cache of each user holds</source>
            <translation>Token, die der Cache jedes Benutzers hält</translation>
        </message>
        <message>
            <source>&amp;Prompt</source>
            <translation>&amp;Prompt</translation>
        </message>
        <message>
            <source>Tokens of the prompt</source>
            <translation>Token des Prompts</translation>
        </message>
        <message>
            <source>&amp;Answer</source>
            <translation>&amp;Antwort</translation>
        </message>
        <message>
            <source>Tokens of the answer</source>
            <translation>Token der Antwort</translation>
        </message>
        <message>
            <source>buy</source>
            <translation>kaufen</translation>
        </message>
        <message>
            <source>rent</source>
            <translation>mieten</translation>
        </message>
        <message>
            <source>Buy or ren&amp;t</source>
            <translation>Kaufen oder mie&amp;ten</translation>
        </message>
        <message>
            <source>Whether the price is of the purchase or of a month around the clock</source>
            <translation>Ob der Preis der des Kaufs ist oder der eines Monats rund um die Uhr</translation>
        </message>
        <message>
            <source>&amp;Budget</source>
            <translation>B&amp;udget</translation>
        </message>
        <message>
            <source>USD</source>
            <translation>USD</translation>
        </message>
        <message>
            <source>Of the purchase, or of a month when renting</source>
            <translation>Des Kaufs, oder eines Monats beim Mieten</translation>
        </message>
        <message>
            <source>P&amp;ower</source>
            <translation>&amp;Leistung</translation>
        </message>
        <message>
            <source>W</source>
            <translation>W</translation>
        </message>
        <message>
            <source>Of all machines, at the wall, under load</source>
            <translation>Aller Maschinen, an der Steckdose, unter Last</translation>
        </message>
        <message>
            <source>&amp;Spare replicas</source>
            <translation>&amp;Ersatzrepliken</translation>
        </message>
        <message>
            <source>Replicas that may fail while the others still serve all users</source>
            <translation>Repliken, die ausfallen dürfen, während die anderen noch alle Benutzer bedienen</translation>
        </message>
        <message>
            <source>&amp;Quantization</source>
            <translation>&amp;Quantisierung</translation>
        </message>
        <message>
            <source>any</source>
            <translation>beliebig</translation>
        </message>
        <message>
            <source>Only this one; else every one that the engines load</source>
            <translation>Nur diese; sonst jede, die die Engines laden</translation>
        </message>
        <message>
            <source>&amp;Engine</source>
            <translation>En&amp;gine</translation>
        </message>
        <message>
            <source>Only this one; with a backend as in llama.cpp:vulkan</source>
            <translation>Nur diese; mit einem Backend wie in llama.cpp:vulkan</translation>
        </message>
        <message>
            <source>S&amp;ystems</source>
            <translation>Ma&amp;schinen</translation>
        </message>
        <message>
            <source>Only machines whose id or name contains this</source>
            <translation>Nur Maschinen, deren Kennung oder Name dies enthält</translation>
        </message>
        <message>
            <source>none; a machine a line, 2x dgx-spark</source>
            <translation>keine; eine Maschine je Zeile, 2x dgx-spark</translation>
        </message>
        <message>
            <source>O&amp;wned already</source>
            <translation>Sch&amp;on vorhanden</translation>
        </message>
        <message>
            <source>Machines that are there and cost nothing</source>
            <translation>Maschinen, die da sind und nichts kosten</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::RooflineTab</name>
        <message>
            <source>%1 FLOP/B</source>
            <translation>%1 FLOP/B</translation>
        </message>
        <message>
            <source>%1 on %2: %3 at %4, %5 of the %6 that the roof allows (%7); %8 of the time</source>
            <translation>%1 auf %2: %3 bei %4, %5 der %6, die das Dach erlaubt (%7); %8 der Zeit</translation>
        </message>
        <message>
            <source>Operators</source>
            <translation>Operatoren</translation>
        </message>
        <message>
            <source>Unit</source>
            <translation>Einheit</translation>
        </message>
        <message>
            <source>Intensity</source>
            <translation>Intensität</translation>
        </message>
        <message>
            <source>FLOP for each byte of memory</source>
            <translation>FLOP je Byte Speicher</translation>
        </message>
        <message>
            <source>Achieved</source>
            <translation>Erreicht</translation>
        </message>
        <message>
            <source>With the gaps between kernels</source>
            <translation>Mit den Lücken zwischen Kerneln</translation>
        </message>
        <message>
            <source>Roof</source>
            <translation>Dach</translation>
        </message>
        <message>
            <source>What memory and compute units allow at this intensity</source>
            <translation>Was Speicher und Recheneinheiten bei dieser Intensität erlauben</translation>
        </message>
        <message>
            <source>Of the roof</source>
            <translation>Vom Dach</translation>
        </message>
        <message>
            <source>Time</source>
            <translation>Zeit</translation>
        </message>
        <message>
            <source>Summed over units alike</source>
            <translation>Über gleiche Einheiten summiert</translation>
        </message>
        <message>
            <source>Operators under their roofs</source>
            <translation>Operatoren unter ihren Dächern</translation>
        </message>
        <message>
            <source>Roofline</source>
            <translation>Roofline</translation>
        </message>
        <message>
            <source>Roofline of a chunk of the prompt</source>
            <translation>Roofline eines Stücks des Prompts</translation>
        </message>
        <message>
            <source>Roofline of a token</source>
            <translation>Roofline eines Tokens</translation>
        </message>
        <message>
            <source>intensity, FLOP/B</source>
            <translation>Intensität, FLOP/B</translation>
        </message>
        <message>
            <source>%1 and %2 more</source>
            <translation>%1 und %2 weitere</translation>
        </message>
        <message>
            <source>GFLOP/s</source>
            <translation>GFLOP/s</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::RunTab</name>
        <message>
            <source>The run</source>
            <translation>Der Lauf</translation>
        </message>
        <message>
            <source>A layer</source>
            <translation>Eine Schicht</translation>
        </message>
        <message>
            <source>token of the prompt or of the answer</source>
            <translation>Token des Prompts oder der Antwort</translation>
        </message>
        <message>
            <source>token/s</source>
            <translation>Token/s</translation>
        </message>
        <message>
            <source>%</source>
            <translation>%</translation>
        </message>
        <message>
            <source>°C</source>
            <translation>°C</translation>
        </message>
        <message>
            <source>One layer, mean</source>
            <translation>Eine Schicht, Mittel</translation>
        </message>
        <message>
            <source>%1: %2, %3 of the layer</source>
            <translation>%1: %2, %3 der Schicht</translation>
        </message>
        <message>
            <source>%1; layers: %2; outside them: %3 of the token</source>
            <translation>%1; Schichten: %2; außerhalb: %3 des Tokens</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ScenarioFile</name>
        <message>
            <source>Scenarios and requirements (*.yaml *.yml);;All files (*)</source>
            <translation>Szenarien und Anforderungen (*.yaml *.yml);;Alle Dateien (*)</translation>
        </message>
        <message>
            <source>New scenario</source>
            <translation>Neues Szenario</translation>
        </message>
        <message>
            <source>Open</source>
            <translation>Öffnen</translation>
        </message>
        <message>
            <source>%1 cannot be opened: see the list of problems.</source>
            <translation>%1 lässt sich nicht öffnen: siehe die Liste der Probleme.</translation>
        </message>
        <message>
            <source>scenario</source>
            <translation>szenario</translation>
        </message>
        <message>
            <source>Save As</source>
            <translation>Speichern unter</translation>
        </message>
        <message>
            <source>Save</source>
            <translation>Speichern</translation>
        </message>
        <message>
            <source>Saved to %1.</source>
            <translation>In %1 gespeichert.</translation>
        </message>
        <message>
            <source>Unsaved changes cannot be copied: %1</source>
            <translation>Ungespeicherte Änderungen lassen sich nicht sichern: %1</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::ScenarioPanel</name>
        <message>
            <source>The machines are written out one by one: see the Cluster panel.</source>
            <translation>Die Maschinen sind einzeln aufgeschrieben: siehe den Bereich Verbund.</translation>
        </message>
        <message>
            <source>'%1' is no value here</source>
            <translation>„%1“ ist hier kein Wert</translation>
        </message>
        <message>
            <source>Change %1 to %2</source>
            <translation>%1 auf %2 ändern</translation>
        </message>
        <message>
            <source>Leave %1 Open</source>
            <translation>%1 offen lassen</translation>
        </message>
        <message>
            <source>this machine</source>
            <translation>diese Maschine</translation>
        </message>
        <message>
            <source>%1, the best that fits</source>
            <translation>%1, die beste, die passt</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::SharesTab</name>
        <message>
            <source>%1, %2: %3, %4</source>
            <translation>%1, %2: %3, %4</translation>
        </message>
        <message>
            <source>%1: %2</source>
            <translation>%1: %2</translation>
        </message>
        <message>
            <source>Resource</source>
            <translation>Betriebsmittel</translation>
        </message>
        <message>
            <source>What is busy</source>
            <translation>Was beschäftigt ist</translation>
        </message>
        <message>
            <source>Operators</source>
            <translation>Operatoren</translation>
        </message>
        <message>
            <source>With which class of operators</source>
            <translation>Mit welcher Klasse von Operatoren</translation>
        </message>
        <message>
            <source>Time</source>
            <translation>Zeit</translation>
        </message>
        <message>
            <source>Share</source>
            <translation>Anteil</translation>
        </message>
        <message>
            <source>Of the whole time</source>
            <translation>An der ganzen Zeit</translation>
        </message>
        <message>
            <source>Time by resource and operators</source>
            <translation>Zeit nach Betriebsmittel und Operatoren</translation>
        </message>
        <message>
            <source>Time of the prompt</source>
            <translation>Zeit des Prompts</translation>
        </message>
        <message>
            <source>Time of a token</source>
            <translation>Zeit eines Tokens</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::StartPage</name>
        <message>
            <source>Start</source>
            <translation>Start</translation>
        </message>
        <message>
            <source>Which language model runs on which machine, how fast, and what would help.</source>
            <translation>Welches Sprachmodell auf welcher Maschine läuft, wie schnell, und was helfen würde.</translation>
        </message>
        <message>
            <source>What can this machine &amp;run?</source>
            <translation>Was &amp;läuft auf dieser Maschine?</translation>
        </message>
        <message>
            <source>Looks at this machine and tries every model of the catalogue on it.</source>
            <translation>Sieht sich diese Maschine an und probiert jedes Modell des Katalogs darauf.</translation>
        </message>
        <message>
            <source>Will this &amp;model run on …?</source>
            <translation>Läuft dieses &amp;Modell auf …?</translation>
        </message>
        <message>
            <source>Pick a model and a machine, and see what fits and how fast.</source>
            <translation>Wählen Sie ein Modell und eine Maschine, und sehen Sie, was passt und wie schnell.</translation>
        </message>
        <message>
            <source>What do I need &amp;for …?</source>
            <translation>&amp;Was brauche ich für …?</translation>
        </message>
        <message>
            <source>Say how fast and for how many, and see what to buy or rent.</source>
            <translation>Sagen Sie, wie schnell und für wie viele, und sehen Sie, was zu kaufen oder zu mieten ist.</translation>
        </message>
        <message>
            <source>Recent files</source>
            <translation>Zuletzt benutzt</translation>
        </message>
        <message>
            <source>Files that you open or save stand here.</source>
            <translation>Dateien, die Sie öffnen oder speichern, stehen hier.</translation>
        </message>
        <message>
            <source>&amp;Open a File…</source>
            <translation>Datei ö&amp;ffnen …</translation>
        </message>
        <message>
            <source>Examples</source>
            <translation>Beispiele</translation>
        </message>
        <message>
            <source>Published setups; Enter or double click opens one</source>
            <translation>Veröffentlichte Aufbauten; Eingabe oder Doppelklick öffnet einen</translation>
        </message>
        <message>
            <source>&amp;Back to Examples and Recent Files</source>
            <translation>&amp;Zurück zu Beispielen und Dateien</translation>
        </message>
        <message>
            <source>%1 (no longer there)</source>
            <translation>%1 (nicht mehr da)</translation>
        </message>
        <message>
            <source>a new scenario</source>
            <translation>einem neuen Szenario</translation>
        </message>
        <message>
            <source>The program ended before changes to %1 were saved (copy of %2).</source>
            <translation>Das Programm endete, bevor Änderungen an %1 gespeichert waren (Kopie von %2).</translation>
        </message>
        <message>
            <source>Re&amp;cover</source>
            <translation>Wieder&amp;herstellen</translation>
        </message>
        <message>
            <source>&amp;Discard</source>
            <translation>Ver&amp;werfen</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::TextEditor</name>
        <message>
            <source>such as 24 GiB</source>
            <translation>etwa 24 GiB</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::TextViewer</name>
        <message>
            <source>The file cannot be read: %1</source>
            <translation>Die Datei lässt sich nicht lesen: %1</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::TimelineCanvas</name>
        <message>
            <source>%1 on %2: starts at %3, takes %4, %5 of the whole</source>
            <translation>%1 auf %2: beginnt bei %3, dauert %4, %5 des Ganzen</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::TimelinePanel</name>
        <message>
            <source>What is shown</source>
            <translation>Was gezeigt wird</translation>
        </message>
        <message>
            <source>Find operators</source>
            <translation>Operatoren suchen</translation>
        </message>
        <message>
            <source>Find operators by name</source>
            <translation>Operatoren nach Namen suchen</translation>
        </message>
        <message>
            <source>Marks operators whose name contains the text; Enter goes to the next one</source>
            <translation>Markiert Operatoren, deren Name den Text enthält; die Eingabetaste geht zum nächsten</translation>
        </message>
        <message>
            <source>Zoom in (+)</source>
            <translation>Vergrößern (+)</translation>
        </message>
        <message>
            <source>Zoom out (-)</source>
            <translation>Verkleinern (-)</translation>
        </message>
        <message>
            <source>Fit</source>
            <translation>Einpassen</translation>
        </message>
        <message>
            <source>Show all of it (Home)</source>
            <translation>Alles zeigen (Pos1)</translation>
        </message>
        <message>
            <source>Export Trace…</source>
            <translation>Trace exportieren …</translation>
        </message>
        <message>
            <source>Save the run as a trace for Perfetto or chrome://tracing</source>
            <translation>Den Lauf als Trace für Perfetto oder chrome://tracing speichern</translation>
        </message>
        <message>
            <source>Wheel or + and - zoom, dragging or arrows pan, Home shows all. Space marks the first span; then arrows and Tab move from span to span, Enter fills the width with it, and Escape lets go.</source>
            <translation>Mausrad oder + und - vergrößern, Ziehen oder Pfeile verschieben, Pos1 zeigt alles. Die Leertaste markiert den ersten Abschnitt; dann gehen Pfeile und Tabulator von Abschnitt zu Abschnitt, die Eingabetaste füllt die Breite mit ihm, und Escape lässt ihn los.</translation>
        </message>
        <message>
            <source>Timeline</source>
            <translation>Zeitverlauf</translation>
        </message>
        <message>
            <source>Time</source>
            <translation>Zeit</translation>
        </message>
        <message>
            <source>Tracks</source>
            <translation>Spuren</translation>
        </message>
        <message>
            <source>It does not fit, so there is nothing to simulate.</source>
            <translation>Es passt nicht, also gibt es nichts zu simulieren.</translation>
        </message>
        <message>
            <source>%1; %2 is busiest: %3 of it</source>
            <translation>%1; am meisten beschäftigt ist %2: %3 davon</translation>
        </message>
        <message>
            <source>%1 found</source>
            <translation>%1 gefunden</translation>
        </message>
        <message>
            <source>Export Trace</source>
            <translation>Trace exportieren</translation>
        </message>
        <message>
            <source>Trace (*.json)</source>
            <translation>Trace (*.json)</translation>
        </message>
    </context>
    <context>
        <name>plimsoll::gui::TokenTimePanel</name>
        <message>
            <source>Where it goes</source>
            <translation>Wohin sie geht</translation>
        </message>
        <message>
            <source>Limits</source>
            <translation>Grenzen</translation>
        </message>
        <message>
            <source>Roofline</source>
            <translation>Roofline</translation>
        </message>
        <message>
            <source>Over the run</source>
            <translation>Über den Lauf</translation>
        </message>
        <message>
            <source>Token or prompt</source>
            <translation>Token oder Prompt</translation>
        </message>
        <message>
            <source>Which part of the run: one token of the answer, or the prompt</source>
            <translation>Welcher Teil des Laufs: ein Token der Antwort oder der Prompt</translation>
        </message>
        <message>
            <source>Token of the answer</source>
            <translation>Token der Antwort</translation>
        </message>
        <message>
            <source>Prompt</source>
            <translation>Prompt</translation>
        </message>
        <message>
            <source>It does not fit, so no token is computed.</source>
            <translation>Es passt nicht, also wird kein Token berechnet.</translation>
        </message>
    </context>
    <context>
        <name>units</name>
        <message>
            <source>%1 B</source>
            <translation>%1 B</translation>
        </message>
    </context>
</TS>
