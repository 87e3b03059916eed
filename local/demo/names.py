"""Real names of Norwegian municipalities, for a case that looks like one. Addresses are under ``.example``."""

MUNICIPALITIES = """
Alstahaug Alta Alvdal Alver Andøy Aremark Arendal Asker Askvoll Askøy Aukra Aure Aurland Aurskog-Høland
Austevoll Austrheim Averøy Balsfjord Bamble Bardu Beiarn Bergen Berlevåg Bindal Birkenes Bjerkreim Bjørnafjorden
Bodø Bokn Bremanger Brønnøy Bygland Bykle Bærum Bømlo Båtsfjord Tana Dovre Drammen Drangedal Dyrøy Dønna Eidfjord
Eidskog Eidsvoll Eigersund Elverum Enebakk Engerdal Etne Etnedal Evenes Evje Farsund Fauske Fedje Fitjar Fjaler
Fjord Flakstad Flatanger Flekkefjord Flesberg Flå Folldal Fredrikstad Frogn Froland Frosta Frøya Fyresdal Færder
Gamvik Gausdal Gildeskål Giske Gjemnes Gjerdrum Gjerstad Gjesdal Gjøvik Gloppen Gol Gran Grane Gratangen Grimstad
Grong Grue Gulen Hadsel Halden Hamar Hamarøy Hammerfest Hareid Harstad Hasvik Hattfjelldal Haugesund Heim Hemnes
Hemsedal Herøy Hitra Hjartdal Hjelmeland Hol Hole Holmestrand Holtålen Horten Hurdal Hustadvika Hvaler Hyllestad
Hægebostad Høyanger Høylandet Ibestad Inderøy Indre-Fosen Indre-Østfold Iveland Jevnaker Karlsøy Karmøy Kautokeino
Kinn Klepp Kongsberg Kongsvinger Kragerø Kristiansand Kristiansund Krødsherad Kvam Kvinesdal Kviteseid Kvitsøy
Kvæfjord Kvænangen Kåfjord Larvik Lebesby Leirfjord Leka Lesja Levanger Lier Lierne Lillehammer Lillesand Lillestrøm
Lindesnes Lom Loppa Lund Lunner Lurøy Luster Lyngdal Lyngen Lærdal Lødingen Lørenskog Løten Malvik Marker Masfjorden
Melhus Meløy Meråker Midtre-Gauldal Modalen Modum Molde Moskenes Moss Målselv Måsøy Namsos Namsskogan Nannestad
Narvik Nes Nesbyen Nesna Nesodden Nissedal Nittedal Nome Nord-Aurdal Nord-Fron Nord-Odal Nordkapp Nordre-Follo
Nordre-Land Nordreisa Nore-og-Uvdal Notodden Nærøysund Oppdal Orkland Os Osen Oslo Osterøy Overhalla Porsanger
Porsgrunn Rakkestad Rana Randaberg Rauma Re Rendalen Rennebu Rindal Ringebu Ringerike Ringsaker Risør Rollag Rælingen
Rødøy Røros Røst Røyrvik Råde Salangen Saltdal Samnanger Sande Sandefjord Sandnes Sarpsborg Sauda Sel Selbu Seljord
Senja Siljan Sirdal Skaun Skien Skiptvet Skjervøy Skjåk Smøla Snåsa Sogndal Sokndal Sola Solund Sortland Stad
Stange Stavanger Steigen Steinkjer Stjørdal Stord Stor-Elvdal Storfjord Strand Stranda Stryn Sula Suldal Sunndal
Sunnfjord Surnadal Sveio Sykkylven Sømna Søndre-Land Sør-Aurdal Sør-Fron Sør-Odal Sør-Varanger Sørfold
Sørreisa Time Tingvoll Tinn Tjeldsund Tokke Tolga Tromsø Trondheim Trysil Træna Tvedestrand Tydal Tynset Tysnes
Tysvær Tønsberg Ullensaker Ullensvang Ulstein Ulvik Utsira Vadsø Vaksdal Valle Vang Vanylven Vardø Vefsn Vega
Vegårshei Vennesla Verdal Vestby Vestnes Vestre-Slidre Vestre-Toten Vestvågøy Vevelstad Vik Vindafjord Voss Vågan
Værøy Våler Øksnes Ørland Ørsta Østre-Toten Øvre-Eiker Øyer Øygarden Øystre-Slidre Åfjord Ål Ålesund Åmli
Åmot Årdal Ås Åseral Åsnes
""".split()  # noqa: SIM905 - a list literal of 340 names is four times as long
